/** Secrets in a config: where they may stand, and what is said of those that are missing or broken. */
import { expect, test } from "vitest";
import { compileSite } from "./compile-config.ts";
import { type SecretSource, siteWithSecrets, withSecrets } from "./secrets.ts";

const named = (name: string): string => `$${`{${name}}`}`;
const SECRETS: Readonly<Record<string, string>> = {
  KEY: "k1",
  USER: "u$&",
  BROKEN: "a\r\nb",
  EMPTY: "",
  EDGED: "hush ",
};
const source: SecretSource = { secret: (name) => SECRETS[name], howToSet: (name) => `set ${name}` };

const configWith = (set: object, more: object = {}) => ({
  sites: { shop: { hosts: ["a.example"], rules: [{ requestHeaders: { set, remove: ["x"] } }], ...more } },
  settings: { hopsMax: 8 },
});

test("are filled in, several in one value, whatever characters they have", () => {
  const set = { "X-Auth": `${named("USER")}:${named("KEY")}`, "X-Plain": "$KEY {KEY}" };
  const filled = withSecrets(configWith(set), source);
  expect(filled).toEqual({ content: configWith({ "X-Auth": "u$&:k1", "X-Plain": "$KEY {KEY}" }), problems: [] });
});

test("are filled in where requests to the origin get headers, and nowhere else", () => {
  const elsewhere = {
    rules: [{ responseHeaders: { set: { "X-A": named("KEY") } }, redirect: { to: `/${named("KEY")}` } }],
  };
  expect(withSecrets(configWith({}, elsewhere), source).content).toEqual(configWith({}, elsewhere));
});

test("that are missing or no text for a header are all named, with the place and never the value", () => {
  const set = { "X-Auth": named("NONE"), b: named("BROKEN"), c: named("EMPTY") };
  const path = "sites.shop.rules[0].requestHeaders.set";
  expect(withSecrets(configWith(set), source).problems).toEqual([
    { path: `${path}.X-Auth`, message: "the secret NONE is not set", hint: "set NONE" },
    {
      path: `${path}.b`,
      message: "the secret BROKEN is empty or has characters that no header has",
      hint: "set BROKEN",
    },
    { path: `${path}.c`, message: "the secret EMPTY is empty or has characters that no header has", hint: "set EMPTY" },
  ]);
});

test.each([undefined, null, 1, "x", [], { sites: 1 }, { sites: { a: { rules: [1, { requestHeaders: 2 }] } } }])(
  "what is no config stays as it is: %j",
  (content) => expect(withSecrets(content, source)).toEqual({ content, problems: [] }),
);

test.each([named("EDGED"), ` ${named("EDGED")}`, `${named("EDGED")}\r\nb`])(
  "a value with a secret that makes no header is refused without being shown: %j",
  (value) => {
    const site = { hosts: ["a.example"], origins: [{ url: "https://o.example" }] };
    const rules = [{ requestHeaders: { set: { "X-Auth": value } } }];
    const made = compileSite(siteWithSecrets({ ...site, rules }, "", source).content, { name: "shop", appliedAtMs: 0 });
    expect(made.kind).toBe("problems");
    expect(JSON.stringify(made)).not.toContain("hush");
  },
);
