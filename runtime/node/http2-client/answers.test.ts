/** Answers by HTTP/2, of origins that do as they should, and of origins that do not. */
import { describe, expect, test } from "vitest";
import { CODE, http2Harness, OK, SHORT, textOf } from "../../../test/contract/http2-harness.ts";
import { FRAME, type RawHttp2Options } from "../../../test/contract/raw-http2-origin.ts";

const { listen, fetch, line, close } = http2Harness();

type Answers = RawHttp2Options["onRequest"];

describe("an answer by HTTP/2", () => {
  test("comes with its fields as they were sent: apart, in order, no length needed", async () => {
    await listen((to, stream) => {
      to.head(stream, [...OK, ["x-a", "1"], ["b", "2"], ["x-a", "3"], ["set-cookie", "a=1"], ["set-cookie", "b=2"]]);
      to.data(stream, "one ");
      to.data(stream, "two", true);
    });
    const result = await fetch();
    if (result.kind === "failure") throw new Error(result.detail);
    expect(result.head).toEqual({
      status: 200,
      fields: [
        ["x-a", "1"],
        ["b", "2"],
        ["x-a", "3"],
        ["set-cookie", "a=1"],
        ["set-cookie", "b=2"],
      ],
    });
    expect(result.closeDelimited).toBe(false);
    expect(await textOf(result.body)).toBe("one two");
  });

  test("may have interim responses before it and trailers behind it", async () => {
    await listen((to, stream) => {
      to.head(stream, [
        [":status", "103"],
        ["link", "</a.css>; rel=preload"],
      ]);
      to.head(stream, OK);
      to.data(stream, "body");
      to.head(stream, [["x-checksum", "1"]], true);
    });
    const interim: unknown[] = [];
    expect(await line({ onInterim: (head) => interim.push(head) })).toBe("200 body");
    expect(interim).toEqual([{ status: 103, fields: [["link", "</a.css>; rel=preload"]] }]);
  });

  test("has no body for HEAD, 204 and 304", async () => {
    await listen((to, stream) =>
      to.head(
        stream,
        [
          [":status", "304"],
          ["etag", '"1"'],
        ],
        true,
      ),
    );
    expect(await fetch()).toMatchObject({ head: { status: 304 }, body: undefined });
    await close();
    await listen((to, stream) => to.head(stream, [...OK, ["content-length", "10"]], true));
    expect(await fetch({ method: "HEAD" })).toMatchObject({ head: { status: 200 }, body: undefined });
  });

  test("takes room until its body has ended, and is over once", async () => {
    let end = (): void => {};
    await listen((to, stream) => {
      to.head(stream, OK);
      to.data(stream, "begin ");
      end = () => to.data(stream, "end", true);
    });
    let over = 0;
    const result = await fetch({ onOver: () => (over += 1) });
    if (result.kind === "failure") throw new Error(result.detail);
    expect(over).toBe(0);
    end();
    expect(await textOf(result.body)).toBe("begin end");
    expect(over).toBe(1);
  });
});

/** What is wrong, what the origin does, and what comes of it. */
const FAULTS: readonly (readonly [string, Answers, string])[] = [
  ["is reset before it began", (to, stream) => to.reset(stream, CODE.internal), "reset"],
  ["is cancelled by the origin before it began", (to, stream) => to.reset(stream, CODE.cancel), "reset"],
  ["is reset without an error before it began", (to, stream) => to.reset(stream, CODE.none), "reset"],
  ...[CODE.none, CODE.cancel, CODE.internal].map((code): (typeof FAULTS)[number] => [
    `is reset in its body with code ${code}`,
    (to, stream) => {
      to.head(stream, OK);
      to.data(stream, "part");
      to.reset(stream, code);
    },
    "200 cut",
  ]),
  [
    "breaks off with its connection",
    (to, stream) => {
      to.head(stream, OK);
      to.data(stream, "part");
      setTimeout(() => to.socket.end(), 20);
    },
    "200 cut",
  ],
  [
    "is shorter than it says",
    (to, stream) => {
      to.head(stream, [...OK, ["content-length", "10"]]);
      to.data(stream, "short", true);
    },
    "200 cut",
  ],
  [
    "is longer than it says",
    (to, stream) => {
      to.head(stream, [...OK, ["content-length", "2"]]);
      to.data(stream, "longer", true);
    },
    "200 cut",
  ],
  [
    "has two lengths",
    (to, stream) => to.head(stream, [...OK, ["content-length", "1"], ["content-length", "2"]]),
    "malformed",
  ],
  [
    "has a transfer coding",
    (to, stream) => to.head(stream, [...OK, ["transfer-encoding", "chunked"]], true),
    "malformed",
  ],
  ["has a name in capitals", (to, stream) => to.head(stream, [...OK, ["X-A", "1"]], true), "malformed"],
  ["has status 101", (to, stream) => to.head(stream, [[":status", "101"]], true), "malformed"],
  ["has status 999", (to, stream) => to.head(stream, [[":status", "999"]], true), "malformed"],
  ["has no status", (to, stream) => to.head(stream, [["x-a", "1"]], true), "malformed"],
  ["ends with an interim response", (to, stream) => to.head(stream, [[":status", "103"]], true), "malformed"],
  [
    "has more fields than it may",
    (to, stream) => to.head(stream, [...OK, ...Array.from({ length: 120 }, (_, n) => [`x-${n}`, "1"] as const)], true),
    "malformed",
  ],
  [
    "has many more",
    (to, stream) => to.head(stream, [...OK, ...Array.from({ length: 900 }, (_, n) => [`x-${n}`, "1"] as const)], true),
    "malformed",
  ],
  [
    "comes after a flood of interim responses",
    (to, stream) => {
      for (let index = 0; index < 30; index += 1) to.head(stream, [[":status", "103"]]);
      to.head(stream, OK, true);
    },
    "malformed",
  ],
  ["never comes", () => {}, "first-byte-timeout"],
  [
    "stalls in its body",
    (to, stream) => {
      to.head(stream, OK);
      to.data(stream, "part");
    },
    "200 cut",
  ],
  [
    "is no HTTP/2",
    (to) => to.socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".padEnd(200, "x")),
    "malformed",
  ],
  [
    "breaks the compression",
    (to, stream) => to.frame(FRAME.headers, 5, stream, Buffer.from([0xff, 0xff, 0xff, 0xff])),
    "malformed",
  ],
  ["is pushed", (to, stream) => to.frame(FRAME.push, 4, stream, Buffer.from([0, 0, 0, 2, 0])), "malformed"],
];

test.each(FAULTS)("an answer that %s", async (_what, answers, expected) => {
  await listen(answers);
  let over = 0;
  expect(await line({ timeouts: SHORT, onOver: () => (over += 1) })).toBe(expected);
  await expect.poll(() => over).toBe(1);
});
