/** `antipode sites apply FILE --dry-run` as a process: what it prints and how it ends. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const MAIN = path.join(import.meta.dirname, "main.ts");
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "antipode-sites-"));
  writeFileSync(
    path.join(folder, "good.yaml"),
    "sites: {shop: {hosts: [a.example], origins: [{url: https://o.example}]}}\nsettings: {hitForPassSeconds: 60}\n",
  );
  writeFileSync(path.join(folder, "bad.yaml"), "sites: {shop: {hosts: a.example, orgins: []}}\n");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

function antipode(...words: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { ...process.env, NO_COLOR: "1" } };
    execFile(process.execPath, [MAIN, ...words], options, (failure, out, error) => {
      resolve({ code: failure === null ? 0 : Number(failure.code), out, error });
    });
  });
}

describe("sites apply --dry-run", () => {
  it("sums up a good file", async () => {
    expect(await antipode("sites", "apply", "good.yaml", "--dry-run")).toEqual({
      code: 0,
      error: "",
      out: [
        "good.yaml is good: 1 site, 0 edges",
        "",
        "  shop: https://o.example, 0 rules, profile safe",
        "",
        "Settings that are not the default:",
        "  hitForPassSeconds: 60 seconds",
        "",
      ].join("\n"),
    });
  });

  it("prints every problem with its place and what to do, and ends with 1", async () => {
    const { code, out } = await antipode("sites", "apply", "bad.yaml", "--dry-run");
    expect(code).toBe(1);
    expect(out).toBe(
      [
        "bad.yaml: 3 problems",
        "",
        "  sites.shop",
        '    a site must have "origins"',
        "",
        "  sites.shop.hosts",
        '    expected a list, found "a.example"',
        '    write ["a.example"]',
        "",
        "  sites.shop.orgins",
        '    "orgins" is not a key of a site',
        "    did you mean origins?",
        "",
      ].join("\n"),
    );
  });

  it("prints the same for machines", async () => {
    const bad = await antipode("sites", "apply", "bad.yaml", "--dry-run", "--json");
    expect(bad.code).toBe(1);
    expect(JSON.parse(bad.out)).toMatchObject({
      file: "bad.yaml",
      ok: false,
      problems: [{ path: "sites.shop" }, {}, {}],
    });
    const good = await antipode("sites", "apply", "good.yaml", "--dry-run", "--json");
    expect(JSON.parse(good.out)).toMatchObject({
      ok: true,
      sites: [{ name: "shop" }],
      settings: { hitForPassSeconds: 60 },
    });
  });

  it("ends with 1 for a file that is not there and with 2 for words that it does not know", async () => {
    expect(await antipode("sites", "apply", "none.json", "--dry-run")).toMatchObject({ code: 1 });
    expect(await antipode("sites", "aply", "good.yaml", "--dry-run")).toMatchObject({ code: 2 });
    expect(await antipode("sites", "apply", "--dry-run")).toMatchObject({ code: 2 });
  });
});
