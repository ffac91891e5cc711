/** The documents that are made from the source are up to date, whole, and their examples are good configs. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { compileConfig } from "../../core/config/compile-config.ts";
import { SETTINGS } from "../../core/config/settings.ts";
import { objectPaths } from "./config-page.ts";
import { generatedDocuments } from "./generate.ts";

const ROOT = path.join(import.meta.dirname, "../..");
const documents = await generatedDocuments();
const CONFIG_PAGE = readFileSync(path.join(ROOT, "docs/config.md"), "utf8");

describe("the generated documents", () => {
  it.each(Object.keys(documents))("%s is what node cli/docs/generate.ts writes", (file) => {
    expect(readFileSync(path.join(ROOT, file), "utf8")).toBe(documents[file]);
  });

  it("name every setting and every key", () => {
    const settings = documents["docs/settings.md"] ?? "";
    expect(Object.keys(SETTINGS).filter((name) => !settings.includes(`| \`${name}\` |`))).toEqual([]);
    const shown = objectPaths().filter((at) => !CONFIG_PAGE.includes(`<!-- keys${at === "" ? "" : ` ${at}`} -->`));
    expect(shown).toEqual([]);
  });

  const examples = [...CONFIG_PAGE.matchAll(/```(yaml|json)\n([\s\S]*?)```/g)];
  it.each(examples.map(([, kind = "", text = ""], index) => ({ index, kind, text })))(
    "example $index of docs/config.md ($kind) is a good config",
    ({ kind, text }) => {
      const content: unknown = kind === "json" ? JSON.parse(text) : parse(text);
      const compiled = compileConfig(content, { appliedAtMs: 0 });
      expect(compiled.kind === "problems" && compiled.problems).toBe(false);
    },
  );

  it("show the rules of the order example doing what the text says", () => {
    const text = examples.map(([, , each = ""]) => each).find((each) => each.includes("the price list is hot"));
    const compiled = compileConfig(parse(text ?? ""), { appliedAtMs: 0 });
    if (compiled.kind === "problems") throw new Error(JSON.stringify(compiled.problems));
    const request = { method: "GET", scheme: "https", authority: "www.example.com", fields: [] } as const;
    const rules = compiled.config
      .findSite("www.example.com")
      ?.rulesFor({ ...request, target: "/downloads/prices.csv?v=2" });
    expect(rules?.matched).toHaveLength(3);
    expect(rules?.cache.ttlSecondsByStatus.get(200)).toBe(60);
    expect(rules?.cache.keyQuery).toEqual({ kind: "none" });
    expect(rules?.responseHeaders.set).toEqual([["x-robots-tag", "noindex"]]);
    expect([...(rules?.responseHeaders.remove ?? [])]).toEqual(["x-powered-by"]);
  });
});
