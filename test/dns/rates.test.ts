/** How much the name server says to whom. */
import { encode, type Packet } from "dns-packet";
import { describe, expect, test } from "vitest";
import { decode, opt, server } from "./name-server.ts";

describe("rates", () => {
  const rates = { dnsAnswersPerPrefixPerSecond: 10, dnsErrorsPerPrefixPerSecond: 5 };
  const bytes = (name: string, cookie?: Uint8Array) =>
    encode({
      type: "query",
      id: 1,
      questions: [{ name, type: "A" }],
      additionals: cookie && opt([{ code: 10, data: Buffer.from(cookie) }]),
    } as Packet);

  function flood(from: (index: number) => string, name: (index: number) => string, transport: "udp" | "tcp" = "udp") {
    const one = server(rates);
    const results = new Map<string, number>();
    let [inBytes, outBytes] = [0, 0];
    for (let index = 0; index < 1000; index += 1) {
      const asked = bytes(name(index));
      const { reply, result } = one.answer({ bytes: asked, address: from(index), transport }, index);
      inBytes += asked.length;
      outBytes += reply?.length ?? 0;
      results.set(result, (results.get(result) ?? 0) + 1);
    }
    return { results, ratio: outBytes / inBytes };
  }

  test("a network that is beyond its rate for a name gets every second answer as a hint to come over TCP", () => {
    const { results, ratio } = flood(
      (index) => `203.0.113.${index % 256}`,
      () => "www.shop.test",
    );
    expect(results.get("noerror")).toBeLessThanOrEqual(21);
    expect(results.get("rate-truncated")).toBeGreaterThan(480);
    expect(results.get("rate-dropped")).toBeGreaterThan(480);
    expect(ratio).toBeLessThan(1);
  });

  test.each([
    ["below a wildcard", (index: number) => `x${index}.img.shop.test`],
    ["that others answer for", (index: number) => `x${index}.child.cdn.test`],
  ])("made-up names %s count together: each would be a rate of its own", (_, name) => {
    const { results } = flood(() => "203.0.113.9", name);
    expect(results.get("noerror")).toBeLessThanOrEqual(21);
  });

  test("names that do not exist count together, whatever they are", () => {
    const { results } = flood(
      () => "203.0.113.9",
      (index) => `x${index}.cdn.test`,
    );
    expect(results.get("nxdomain")).toBeLessThanOrEqual(11);
  });

  test("a clock that is set back takes no network its answers", () => {
    const one = server(rates);
    const ask = (nowMs: number) =>
      one.answer({ bytes: bytes("www.shop.test"), address: "203.0.113.9", transport: "udp" }, nowMs).result;
    for (let count = 0; count < 50; count += 1) ask(10_000_000);
    expect([ask(1_000), ask(1_000)]).toEqual(["noerror", "noerror"]);
  });

  test("other networks and TCP are not touched", () => {
    expect(
      flood(
        (index) => `203.0.${index % 250}.9`,
        () => "www.shop.test",
      ).results,
    ).toEqual(new Map([["noerror", 1000]]));
    expect(
      flood(
        () => "203.0.113.9",
        () => "www.shop.test",
        "tcp",
      ).results,
    ).toEqual(new Map([["noerror", 1000]]));
  });

  test("who shows a cookie of ours is not forged, and has no limit", () => {
    const one = server(rates);
    const first = one.answer(
      { bytes: bytes("www.shop.test", new Uint8Array(8)), address: "203.0.113.9", transport: "udp" },
      0,
    );
    const [edns] = decode(first.reply ?? new Uint8Array(0)).additionals ?? [];
    const given = edns?.type === "OPT" ? edns.options?.find(({ code }) => Number(code) === 10) : undefined;
    const cookie = given !== undefined && "data" in given ? Uint8Array.from(given.data ?? []) : new Uint8Array(8);
    expect(cookie).toHaveLength(24);
    const results = (address: string) =>
      new Set(
        Array.from(
          { length: 100 },
          () => one.answer({ bytes: bytes("www.shop.test", cookie), address, transport: "udp" }, 0).result,
        ),
      );
    expect(results("203.0.113.9")).toEqual(new Set(["noerror"]));
    expect(results("203.0.113.10")).toContain("rate-dropped");
  });
});
