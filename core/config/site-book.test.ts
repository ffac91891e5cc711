/** One site's bad version harms no other site, and not even its own. */
import { expect, test } from "vitest";
import { secretPrefix, siteWithSecrets } from "./secrets.ts";
import { SiteBook, type VersionedSite } from "./site-book.ts";

const EPOCH = "01HZZZZZZZ0000000000000000";

function version(seq: number, config: unknown): VersionedSite {
  return { version: { epoch: EPOCH, seq }, at: 1, config };
}

const good = (host: string) => ({ hosts: [host], origins: [{ url: "http://origin.example" }] });

/** What was seen in outages, and what tests of parsers try: empty, doubled, cut, deep, null, of the wrong type. */
function poison(): readonly unknown[] {
  let deep: unknown = {};
  for (let depth = 0; depth < 5_000; depth += 1) deep = { match: deep };
  const text = JSON.stringify(good("a.example"));
  const wrongValues = [
    null,
    undefined,
    true,
    0,
    -1,
    "",
    "x",
    [],
    [null],
    {},
    Number.NaN,
    text,
    text.slice(0, 20),
    text + text,
  ];
  const wrongMembers = [null, 0, "", [], {}, [null], [[]], [{}], [""], deep].flatMap((value) => [
    { ...good("a.example"), hosts: value },
    { ...good("a.example"), origins: value },
  ]);
  return [
    ...wrongValues,
    ...wrongMembers,
    { ...good("a.example"), rules: deep },
    { ...good("a.example"), rules: [{ match: { paths: ["(".repeat(10_000)] }, cache: null }] },
    { ...good("a.example"), cache: { defaultTtlSeconds: "60" } },
    { ...good("a.example"), cache: { ttlByStatus: { "200": -1 } } },
    Object.defineProperty({ ...good("a.example") }, "preset", {
      enumerable: true,
      get: () => {
        throw new Error("it crashes");
      },
    }),
    { ...good("a.example"), profile: "none" },
  ];
}

test("no poisonous version of a site touches another site, and its own goes on as before", () => {
  const versions = poison();
  expect(versions.length).toBeGreaterThanOrEqual(30);
  const book = new SiteBook();
  book.adopt(
    new Map([
      ["a", version(1, good("a.example"))],
      ["b", version(2, good("b.example"))],
    ]),
  );
  for (const [index, config] of versions.entries()) {
    const refused = book.adopt(
      new Map([
        ["a", version(10 + index, config)],
        ["b", version(2, good("b.example"))],
      ]),
    );
    expect(`${index} ${Object.keys(refused.refusedSites).join()}`).toBe(`${index} a`);
    expect(book.findSite("a.example")?.name).toBe("a");
    expect(book.findSite("b.example")?.name).toBe("b");
  }
});

test("a site that is gone is gone, and one that did not change is not compiled again", () => {
  const book = new SiteBook();
  const sites = new Map([["a", version(1, good("a.example"))]]);
  book.adopt(sites);
  const before = book.findSite("a.example");
  book.adopt(new Map([...sites, ["b", version(2, good("b.example"))]]));
  expect(book.findSite("a.example")).toBe(before);
  book.adopt(new Map());
  expect(book.findSite("a.example")).toBeUndefined();
});

test("says which version of a site is served instead of one that was refused", () => {
  const book = new SiteBook();
  book.adopt(new Map([["a", version(1, good("a.example"))]]));
  const change = book.adopt(
    new Map([
      ["a", version(2, {})],
      ["b", version(3, {})],
    ]),
  );
  expect(Object.keys(change.refusedSites)).toEqual(["a", "b"]);
  expect(change.servedVersions).toEqual({ a: `${EPOCH}:1` });
});

test("after a restart, a version that is refused leaves the last good one from the disk in its place", () => {
  const book = new SiteBook({ lastGood: (site) => (site === "a" ? version(1, good("a.example")) : undefined) });
  const change = book.adopt(new Map([["a", version(2, null)]]));
  expect(book.findSite("a.example")?.name).toBe("a");
  expect(change.servedVersions).toEqual({ a: `${EPOCH}:1` });
});

test("secrets are filled in for the site that they are meant for, and a version without them is not taken", () => {
  const secrets: Readonly<Record<string, string>> = { SECRET_MY_SHOP__KEY: "a-secret-long-enough", PATH: "/bin" };
  const book = new SiteBook({
    prepare: (name, config) =>
      siteWithSecrets(config, "", {
        secret: (secret) => (secret.startsWith(secretPrefix(name)) ? secrets[secret] : undefined),
        howToSet: () => "",
      }),
  });
  const signing = (secret: string) => ({
    ...good("a.example"),
    origin: { signature: { secret: `$${`{${secret}}`}` } },
  });
  const adopt = (name: string, seq: number, secret: string) =>
    book.adopt(new Map([[name, version(seq, signing(secret))]])).refusedSites;
  expect(adopt("my-shop", 1, "SECRET_MY_SHOP__KEY")).toEqual({});
  expect(book.findSite("a.example")?.signatureSecret).toBe("a-secret-long-enough");
  expect([...book.sites()]).toHaveLength(1);
  for (const [index, secret] of ["PATH", "SECRET_OTHER__KEY"].entries()) {
    expect(adopt("my-shop", 2 + index, secret)["my-shop"]).toContain(`the secret ${secret} is not set`);
  }
  expect(adopt("my", 4, "SECRET_MY_SHOP__KEY").my).toContain("is not set");
  expect(book.findSite("a.example")).toBeUndefined();
});
