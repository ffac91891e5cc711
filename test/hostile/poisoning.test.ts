/**
 * Cache poisoning: an attacker asks first, a victim asks for the same afterwards and must get what an edge without the
 * attack would have given. Each table is run again with the protection taken away, and then it finds victims.
 */
import { describe, expect, it } from "vitest";
import type { SiteConfig } from "../../core/config/types.ts";
import type { FieldLine } from "../../core/http/fields.ts";
import { QUERY_MODELS } from "./origin-models.ts";
import { type Crack, type OriginModel, partsOfKey } from "./poisonable-edge.ts";
import { CLOAKED_QUERIES, HEADER_NAMES, MARK, ORDINARY_NAMES } from "./poisoning-corpus.ts";
import { type Attack, KEEP, victims } from "./victims.ts";

/** A page that shows every field it gets, but those that are others for each request. */
const reflecting: OriginModel = ({ method, target, fields }) => ({
  fields: [...KEEP, ["location", fields.map(([name, value]) => `${name}=${value}`).join("&")]],
  body: `${method} ${target}\n${fields.map((line) => line.join(": ")).join("\n")}`,
});

const withClientFields: Crack = {
  sends: (request, client) => ({
    fields: [
      ...(client.fields ?? []).map(([name, value]): FieldLine => [name.toLowerCase(), value]),
      ...request.fields,
    ],
  }),
};

describe("header names before an origin that reflects all of them", () => {
  const attack = (name: string, config: Partial<SiteConfig> = {}): Attack => ({
    name,
    config,
    origin: reflecting,
    attacker: [
      { target: "/", fields: [[name, MARK]] },
      {
        target: "/",
        fields: [
          [name, MARK],
          [name, "second"],
        ],
      },
      {
        target: "/",
        fields: [
          [name, `192.0.2.9, ${MARK}`],
          ["Connection", `keep-alive, ${name}`],
        ],
      },
      { method: "HEAD", target: "/", fields: [[name, MARK]] },
    ],
    victim: { target: "/" },
  });
  const denied = HEADER_NAMES.map((name) => attack(name));

  it("60 and more that frameworks act on: no victim", async () => {
    expect(denied.length).toBeGreaterThanOrEqual(60);
    expect(await victims(denied)).toEqual([]);
  });

  it("with the client's fields let through, each name has a victim", async () => {
    expect(await victims(denied, withClientFields)).toEqual(HEADER_NAMES);
  });

  it("ordinary names too, where a site lists what goes to the origin; without the list they have victims", async () => {
    const strict = ORDINARY_NAMES.map((name) => attack(name, { origin: { allowPrivate: true, forwardHeaders: [] } }));
    expect(await victims(strict)).toEqual([]);
    expect((await victims(ORDINARY_NAMES.map((name) => attack(name)))).length).toBeGreaterThan(8);
  });
});

describe("forms of the host", () => {
  const hosts = ["WWW.EXAMPLE.COM", "www.example.com.", "www.example.com:80", "www.example.com:1337", `${MARK}`];
  const attacks = hosts.map(
    (host): Attack => ({
      name: host,
      config: { origin: { allowPrivate: true, hostHeader: "www.example.com" } },
      origin: reflecting,
      attacker: [{ target: "/", host }],
      victim: { target: "/" },
    }),
  );
  it("have one form, or are others' keys: no victim", async () => {
    expect(await victims(attacks)).toEqual([]);
  });
  it("with the port left out of the key, there is one", async () => {
    const key = (text: string): string => {
      const { parts, target } = partsOfKey(text);
      return [...parts.map((part) => part?.replace(/:\d+$/, "")), target].join("|");
    };
    expect(await victims(attacks, { key })).toEqual(["www.example.com:1337"]);
  });
});

describe("cloaked parameters", () => {
  const config = { cache: { keyQuery: { drop: ["utm_*"], sort: true } } };
  const attacks = Object.entries(QUERY_MODELS).flatMap(([model, callbackOf]) =>
    CLOAKED_QUERIES.flatMap((query) =>
      ["/js?callback=ok", "/js"].map(
        (target): Attack => ({
          name: `${model}: ${query} for ${target}`,
          config,
          origin: (request) => ({
            fields: KEEP,
            body: `${callbackOf(request.target.split("?")[1] ?? "") ?? "none"}({})`,
          }),
          attacker: [{ target: `/js?${query}` }],
          victim: { target },
        }),
      ),
    ),
  );
  it("are not part of what the origin gets: no victim", async () => {
    expect(attacks.length).toBeGreaterThanOrEqual(200);
    expect(await victims(attacks)).toEqual([]);
  });
  it("sent to the origin although they are not in the key, they have victims", async () => {
    const found = await victims(attacks, { sends: (_, { target }) => ({ target }) });
    expect(found.length).toBeGreaterThan(12);
  });
});

describe("separators inside the parts of a key", () => {
  const config = { cache: { keyHeaders: ["X-A", "X-B"], keyCookies: ["c"] } };
  const showing: OriginModel = ({ target, fields }) => ({
    fields: KEEP,
    body: JSON.stringify([target, ...["x-a", "x-b", "cookie"].map((name) => fields.find((line) => line[0] === name))]),
  });
  const separators = ["|", ":", "/", ";;", "__", "&", "=", ",", "-", "3:", "1:a", "\t"];
  const attacks = separators.flatMap((separator): Attack[] => [
    {
      name: `headers ${separator}`,
      config,
      origin: showing,
      attacker: [
        {
          target: "/",
          fields: [
            ["x-a", `1${separator}2`],
            ["x-b", "3"],
          ],
        },
      ],
      victim: {
        target: "/",
        fields: [
          ["x-a", "1"],
          ["x-b", `2${separator}3`],
        ],
      },
    },
    {
      name: `absent ${separator}`,
      config,
      origin: showing,
      attacker: [{ target: "/", fields: [["x-a", `1${separator}`]] }],
      victim: {
        target: "/",
        fields: [
          ["x-a", "1"],
          ["x-b", ""],
        ],
      },
    },
  ]);
  const joinedBy = (separator: string): Crack => ({
    key: (key) => {
      const { parts, target } = partsOfKey(key);
      const values = parts.filter((_, index) => index < 4 || index % 2 === 1);
      return [...values.map((part) => part ?? ""), target].join(separator);
    },
  });
  it("stay inside: no victim", async () => {
    expect(await victims(attacks)).toEqual([]);
  });
  it("with the parts joined by a separator, there are some", async () => {
    const found = new Set<string>();
    for (const separator of separators) {
      const own = attacks.filter(({ name }) => name.endsWith(` ${separator}`));
      for (const name of await victims(own, joinedBy(separator))) found.add(name);
    }
    expect(found.size).toBeGreaterThan(separators.length / 2);
  });
});
