/** Config files of three kinds come to the same, and broken ones say where. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readConfigFile } from "./config-file.ts";
import { jsonPlace } from "./json-place.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "antipode-config-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string | Uint8Array): string {
  const place = path.join(folder, name);
  writeFileSync(place, text);
  return place;
}

const CONTENT = {
  sites: {
    shop: {
      hosts: ["www.example.com"],
      origins: [{ url: "https://o.example" }],
      cache: { ttlByStatus: { "404": 10 } },
    },
  },
};

describe("a config file", () => {
  it("comes to the same as .ts, .mjs, .json and .yaml", async () => {
    const helper = path.join(import.meta.dirname, "../core/config/define-config.ts");
    const json = JSON.stringify(CONTENT);
    const yaml =
      'sites:\n  shop:\n    hosts: [www.example.com]\n    origins: [{url: "https://o.example"}]\n    cache: {ttlByStatus: {"404": 10}}\n';
    const files = [
      file(
        "good.ts",
        `import { defineConfig } from ${JSON.stringify(helper)};\nexport default defineConfig(${json});\n`,
      ),
      file("good.mjs", `export const config = ${json};\n`),
      file("good.json", `\uFEFF${json}`),
      file("good.yaml", yaml),
      file("good.yml", yaml),
    ];
    for (const each of files) expect(await readConfigFile(each)).toEqual({ kind: "content", content: CONTENT });
  });

  it.each([
    ["broken.json", '{\n  "sites": {},\n}', "line 3, column 1: a comma before the end; JSON has none there"],
    ["comment.json", "// mine\n{}", "line 1, column 1: JSON has no comments"],
    ["empty.json", "", "line 1, column 1: expected a value, found the end of the file"],
    ["broken.yaml", "sites:\n  a: b: c\n", "line 2, column 6: Nested mappings are not allowed in compact mappings"],
    ["twice.yaml", "sites: {}\nsites: {}\n", "line 2, column 1: Map keys must be unique"],
    ["tag.yaml", "sites: !!js/function 'x'\n", "line 1, column 8: Unresolved tag: tag:yaml.org,2002:js/function"],
    ["config.toml", "", "a config ends in .ts, .json or .yaml; config.toml does not"],
    ["nothing.ts", "export const other = 1;\n", "it exports no config; write: export default defineConfig({ … })"],
    ["throws.ts", "throw new Error('no such variable');\n", "no such variable"],
    ["latin.json", new Uint8Array([0x22, 0xe4, 0x22]), "it is not UTF-8"],
  ])("%s says where it is broken", async (name, text, reason) => {
    expect(await readConfigFile(file(name, text))).toEqual({ kind: "unreadable", reason });
  });

  it("says that it is not there", async () => {
    expect(await readConfigFile(path.join(folder, "none.json"))).toMatchObject({ reason: "there is no such file" });
  });

  it("does not let a few lines of YAML become a thousand million", async () => {
    const lines = ["a: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let level = 1; level < 9; level += 1) lines.push(`b${level}: &a${level} [${`*a${level - 1}, `.repeat(10)}]`);
    const read = await readConfigFile(file("bomb.yaml", `${lines.join("\n")}\n`));
    expect(read).toMatchObject({ kind: "unreadable" });
  });
});

describe("the place where JSON is broken", () => {
  it("is found exactly where a text is no JSON", () => {
    const piece = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"a"',
      '"\\u00e4"',
      '"\\x"',
      "1",
      "-0.5e3",
      "01",
      "true",
      "nul",
      " ",
      "\n",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join("");
        expect(jsonPlace(text) === undefined).toBe(isJson(text));
      }),
      { numRuns: 3000 },
    );
    fc.assert(fc.property(fc.json(), (text) => jsonPlace(text) === undefined));
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
