/** What is no query that can be answered: a code, or silence, and never more bytes than came. */
import { encode } from "dns-packet";
import { describe, expect, test } from "vitest";
import { decode, server } from "./name-server.ts";

describe("what is no good query", () => {
  const plain = (name = "cdn.test") => encode({ type: "query", id: 77, questions: [{ name, type: "A" }] });
  const changed = (at: number, ...bytes: number[]) =>
    Uint8Array.from(plain(), (byte, index) => bytes[index - at] ?? byte);
  const withOption = (...bytes: number[]) =>
    Uint8Array.from([...changed(11, 1), 0, 0, 41, 16, 0, 0, 0, 0, 0, 0, bytes.length, ...bytes]);
  test.each<[string, Uint8Array, number | undefined]>([
    ["nothing", new Uint8Array(0), undefined],
    ["eleven bytes", plain().subarray(0, 11), undefined],
    ["an answer", changed(2, 0x80), undefined],
    ["more than 4,096 bytes", new Uint8Array(5000), undefined],
    ["an update", changed(2, 0x28), 4],
    ["no question", changed(4, 0, 0), 1],
    ["two questions", changed(4, 0, 2), 1],
    ["answers in a question", changed(6, 0, 1), 1],
    ["a name that is cut short", plain().subarray(0, 20), 1],
    ["bytes behind the question", Uint8Array.from([...plain(), 0]), 1],
    ["a compressed name", changed(12, 0xc0, 0x0c), 1],
    ["a label of a kind that does not exist", changed(12, 0x80), 1],
    ["a client subnet of no family", withOption(0, 8, 0, 4, 0, 3, 0, 0), 1],
    ["a client subnet longer than its address", withOption(0, 8, 0, 9, 0, 1, 33, 0, 1, 2, 3, 4, 5), 1],
    ["a client subnet with bits beyond its length", withOption(0, 8, 0, 5, 0, 1, 7, 0, 1), 1],
    ["a client subnet with a scope", withOption(0, 8, 0, 4, 0, 1, 0, 1), 1],
    ["a cookie of five bytes", withOption(0, 10, 0, 5, 1, 2, 3, 4, 5), 1],
    ["an option longer than the message", withOption(0, 10, 0, 50), 1],
    ["33 options", withOption(...Array.from({ length: 33 }, () => [0, 99, 0, 0]).flat()), 1],
  ])("%s", (_, bytes, rcode) => {
    const { reply } = server().answer({ bytes, address: "10.0.0.1", transport: "udp" }, 0);
    expect(reply && (reply[3] ?? 0) & 15).toBe(rcode);
    if (reply !== undefined) expect(reply.length).toBeLessThanOrEqual(bytes.length);
  });

  test("another class is refused, another version of EDNS is BADVERS", () => {
    const chaos = changed(plain().length - 1, 3);
    expect(
      decode(Buffer.from(server().answer({ bytes: chaos, address: "10.0.0.1", transport: "udp" }, 0).reply ?? []))
        .rcode,
    ).toBe("REFUSED");
    const next = withOption();
    next[next.length - 5] = 1;
    const { reply, result } = server().answer({ bytes: next, address: "10.0.0.1", transport: "udp" }, 0);
    expect(result).toBe("badvers");
    expect(decode(reply ?? new Uint8Array(0)).additionals).toMatchObject([{ extendedRcode: 1 }]);
  });
});
