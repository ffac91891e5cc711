/** Configs that must not do harm: the bodies of `PUT /v1/sites/NAME`, as broken scripts, editors and strangers would send them. */

/** One of them. */
export interface Poison {
  readonly name: string;
  /** As it is sent. */
  readonly body: string | Uint8Array<ArrayBuffer>;
  /** Where control says that the fault is; "": not looked at. */
  readonly at: string;
}

/** The set, made of a config that is good. */
export function poisonSet(good: Readonly<Record<string, unknown>>): readonly Poison[] {
  const text = JSON.stringify(good);
  const raw = (name: string, body: Poison["body"], at = ""): Poison => ({ name, body, at });
  const changed = (name: string, change: object, at: string): Poison =>
    raw(name, JSON.stringify({ ...good, ...change }), `sites.poisoned.${at}`);
  return [
    raw("empty", ""),
    raw("blanks", " \n\t "),
    raw("doubled", text + text),
    raw("cut in the middle", text.slice(0, text.length / 2)),
    raw("without its last byte", text.slice(0, -1)),
    raw("zeros, as a crash leaves a file", "\0".repeat(text.length)),
    raw("not UTF-8", new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])),
    raw("YAML", "hosts: [poisoned.example]\n"),
    raw("a page of an error", "<html><body>502 Bad Gateway</body></html>"),
    raw("not a number", text.replace("60", "NaN")),
    raw("deep lists", "[".repeat(100_000) + "]".repeat(100_000)),
    raw("deep members", `${'{"a":'.repeat(1_000)}1${"}".repeat(1_000)}`),
    raw("half a pair of surrogates", text.replace("poisoned.example", "\\ud800.example")),
    raw("huge", JSON.stringify({ ...good, hosts: ["h".repeat(2_000_000)] })),
    raw("null", "null"),
    raw("nothing but a list", "[]"),
    raw("nothing but a text", '"poisoned"'),
    raw("nothing but a number", "0"),
    raw("nothing but true", "true"),
    raw("no members", "{}", "sites.poisoned"),
    raw("a prototype", `{"__proto__":{"hosts":["x.example"]},${text.slice(1)}`, "sites.poisoned.__proto__"),
    changed("nulls", { hosts: null, origins: null, cache: null }, "hosts"),
    changed("hosts that are no list", { hosts: "poisoned.example" }, "hosts"),
    changed("no hosts", { hosts: [] }, "hosts"),
    changed("hosts of other types", { hosts: [null, 1, {}, []] }, "hosts[0]"),
    changed("the host of another site", { hosts: ["good-a.example"] }, "hosts[0]"),
    changed("40,000 hosts", { hosts: Array.from({ length: 40_000 }, (_, index) => `${index}.example`) }, "hosts"),
    changed("no origins", { origins: [] }, "origins"),
    changed("an origin that is no URL", { origins: [{ url: "::::" }] }, "origins[0].url"),
    changed("an origin of another scheme", { origins: [{ url: "file:///etc/passwd" }] }, "origins[0].url"),
    changed("an origin with null", { origins: [null] }, "origins[0]"),
    changed("a time before zero", { cache: { defaultTtlSeconds: -1 } }, "cache.defaultTtlSeconds"),
    changed("a time of a text", { cache: { defaultTtlSeconds: "60" } }, "cache.defaultTtlSeconds"),
    changed("a time beyond all numbers", { cache: { defaultTtlSeconds: 1e300 } }, "cache.defaultTtlSeconds"),
    raw("an infinite time", text.replace("60", "1e999")),
    changed("a member that is misspelled", { cahce: {} }, "cahce"),
    changed("a member of objects", { constructor: {} }, "constructor"),
    changed("rules of another type", { rules: { length: 1e9 } }, "rules"),
  ];
}
