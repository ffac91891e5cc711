/** Cache poisoning by what goes wrong: bodies, ranges, conditions, errors, cookies, and fields that Connection takes away. */
import { describe, expect, it } from "vitest";
import { type OriginModel, partsOfKey } from "./poisonable-edge.ts";
import { MARK } from "./poisoning-corpus.ts";
import { type Attack, DATE, KEEP, victims } from "./victims.ts";

describe("what goes wrong at the origin or on the way", () => {
  const showing =
    (name: string): OriginModel =>
    (request) => ({
      fields: [...KEEP, ["vary", name]],
      body: request.fields.find((line) => line[0] === name)?.[1] ?? "none",
    });
  const attacks: readonly Attack[] = [
    {
      name: "a field of the key that Connection takes away",
      config: { cache: { keyHeaders: ["X-Plan"] } },
      origin: (request) => ({ fields: KEEP, body: request.fields.find(([name]) => name === "x-plan")?.[1] ?? "none" }),
      attacker: [
        {
          target: "/",
          fields: [
            ["X-Plan", "paid"],
            ["Connection", "X-Plan"],
          ],
        },
      ],
      victim: { target: "/", fields: [["X-Plan", "paid"]] },
    },
    {
      name: "a field of Vary that Connection takes away",
      origin: showing("accept-language"),
      attacker: [
        {
          target: "/",
          fields: [
            ["Accept-Language", "de"],
            ["Connection", "accept-language, close"],
          ],
        },
      ],
      victim: { target: "/", fields: [["Accept-Language", "de"]] },
    },
    {
      name: "two cookies of one name",
      config: { cache: { keyCookies: ["lang"] } },
      origin: (request) => ({
        fields: KEEP,
        body: (request.fields.find(([name]) => name === "cookie")?.[1] ?? "").split(/[;,]/).at(-1) ?? "",
      }),
      attacker: [
        { target: "/", fields: [["Cookie", `lang=en; lang=${MARK}`]] },
        { target: "/", fields: [["Cookie", `lang=en; x="1, lang=${MARK}`]] },
      ],
      victim: { target: "/", fields: [["Cookie", "lang=en"]] },
    },
    {
      name: "a body of GET",
      origin: ({ body }) => ({ fields: KEEP, body: `callback=${body || "ok"}` }),
      attacker: [{ target: "/", body: MARK }],
      victim: { target: "/" },
    },
    {
      name: "an error for a field that is too long for the origin",
      origin: ({ fields }) =>
        fields.some(([, value]) => value.length > 4_000)
          ? { status: 400, fields: [DATE], body: "too long" }
          : { fields: KEEP, body: "page" },
      attacker: [{ target: "/", fields: [["X-Long", "x".repeat(7_000)]] }],
      victim: { target: "/" },
    },
    {
      name: "a range in place of the whole",
      origin: ({ fields }) =>
        fields.some(([name]) => name === "range")
          ? { status: 206, fields: [...KEEP, ["content-range", "bytes 0-0/4"]], body: "p" }
          : { fields: KEEP, body: "page" },
      attacker: [{ target: "/", fields: [["Range", "bytes=0-0"]] }],
      victim: { target: "/" },
    },
    {
      name: "a condition of the attacker's",
      origin: ({ fields }) =>
        fields.some(([name]) => name.startsWith("if-"))
          ? { status: 412, fields: KEEP, body: "no" }
          : { fields: KEEP, body: "page" },
      attacker: [
        { target: "/", fields: [["If-Match", '"x"']] },
        { target: "/", fields: [["If-None-Match", "*"]] },
      ],
      victim: { target: "/" },
    },
    {
      name: "HEAD in place of GET",
      origin: ({ method }) => ({ fields: KEEP, body: method === "HEAD" ? "" : "page" }),
      attacker: [{ target: "/", method: "HEAD" }],
      victim: { target: "/" },
    },
    {
      name: "another scheme",
      origin: ({ fields }) => ({
        fields: KEEP,
        body: fields.find(([name]) => name === "x-forwarded-proto")?.[1] ?? "",
      }),
      attacker: [{ target: "/", scheme: "http" }],
      victim: { target: "/", scheme: "https" },
    },
    {
      name: "somebody else's cookie",
      origin: ({ fields }) => ({
        fields: [...KEEP, ["set-cookie", `session=${fields.find(([name]) => name === "cookie")?.[1] ?? "new"}`]],
        body: "page",
      }),
      attacker: [{ target: "/", fields: [["Cookie", MARK]] }],
      victim: { target: "/" },
    },
  ];
  it("stays with the attacker: no victim", async () => {
    expect(await victims(attacks)).toEqual([]);
  });
  it("with one name for all that is stored, and all stored, the scheme and the fields have victims", async () => {
    const found = await victims(attacks, {
      key: (key) => partsOfKey(key).target,
      hears: ({ fields }) => ({
        status: 200,
        fields: fields.filter(([name]) => !/vary|content-range|set-cookie/.test(name)),
      }),
    });
    expect(found).toEqual(
      expect.arrayContaining([
        "a field of Vary that Connection takes away",
        "two cookies of one name",
        "another scheme",
      ]),
    );
    expect(found.length).toBeGreaterThanOrEqual(5);
  });
});
