/** Preference lists: what means the same has one form, what does not has another. */
import { describe, expect, it } from "vitest";
import { codingOrder, languageOrder, namesCodings } from "./preferences.ts";

describe("Accept-Encoding", () => {
  it.each([
    [
      "the order of equals",
      ["gzip, deflate, br", "br, gzip, deflate", "deflate;q=1, gzip;q=1.000, br"],
      "br=deflate=gzip",
    ],
    ["spaces, case, empty members", ["gzip,br", " GZIP ,, Br "], "br=gzip"],
    ["weights that give the same order", ["br, gzip;q=0.9", "br;q=0.8, gzip;q=0.1", "gzip;q=0.5,br"], "br>gzip"],
    ["another order", ["gzip, br;q=0.9"], "gzip>br"],
    ["the two names of gzip", ["x-gzip", "gzip"], "gzip"],
    ["codings that nobody registered", ["gzip", "gzip, sdch", "foo, gzip;q=0.5, bar;q=0.1"], "gzip"],
    ["identity, where it is no better than a coding", ["gzip", "gzip, identity", "gzip, identity;q=0.5"], "gzip"],
    ["identity, where it is better", ["identity, gzip;q=0.5"], "identity>gzip"],
    ["nothing but identity", ["", "identity", "gzip;q=0", "foo", "*;q=0, identity"], "identity"],
    ["a coding that is refused", ["gzip", "gzip, br;q=0", "gzip, br;q=0.000"], "gzip"],
    ["identity that is refused", ["gzip, identity;q=0", "gzip, *;q=0"], "gzip>!identity"],
    ["any coding", ["*", "*;q=0.5", "br, *"], "br=compress=dcb=dcz=deflate=gzip=zstd"],
    ["any coding but one", ["*, br;q=0"], "compress=dcb=dcz=deflate=gzip=zstd"],
    ["weights that cannot be read", ["gzip;q=x"], "gzip;q=x"],
    ["weights beyond one", ["gzip;q=1.5, br"], "gzip;q=1.5, br"],
    ["one coding with two weights", ["gzip, gzip;q=0"], "gzip, gzip;q=0"],
  ])("%s", (_name, texts, form) => {
    for (const text of texts) expect(codingOrder(text)).toBe(form);
  });

  it("makes few forms of a hundred codings", () => {
    const texts = Array.from({ length: 100 }, (_, index) => `gzip, coding-${index}, br;q=0.${index + 1}`);
    expect(new Set(texts.map(codingOrder))).toEqual(new Set(["gzip>br"]));
    expect(codingOrder(texts.join(","))).toBe(texts.join(","));
  });

  it("a response in a coding without a place in the form is for those who name it", () => {
    expect(namesCodings("gzip, foo", "foo")).toBe(true);
    expect(namesCodings("gzip, foo;q=0", "foo")).toBe(false);
    expect(namesCodings("gzip", "foo")).toBe(false);
    expect(namesCodings("gzip", "gzip, foo")).toBe(false);
    expect(namesCodings("gzip", "br")).toBe(true);
  });
});

describe("Accept-Language", () => {
  it.each([
    ["weights that give the same order", ["de-AT, de;q=0.9, en;q=0.8", "de-at,de;q=0.5,en;q=0.1"], "de-at>de>en"],
    ["the order of equals", ["en, de", "de,en"], "de=en"],
    ["a language that is refused", ["de, de-ch;q=0"], "de>!de-ch"],
    ["any language", ["en, *;q=0.1"], "en>*"],
    ["nothing", [""], ""],
    ["weights that cannot be read", ["en;q=high"], "en;q=high"],
  ])("%s", (_name, texts, form) => {
    for (const text of texts) expect(languageOrder(text)).toBe(form);
  });
});
