/** Bodies longer than the store takes: one fetch for all who come in time, each at its own pace, never two versions mixed. */
import { describe, expect, it } from "vitest";
import type { FieldLine } from "../../core/http/fields.ts";
import type { UpstreamResult } from "../../core/ports.ts";
import type { ByteBody } from "../../runtime/memory/bodies.ts";
import { keptBuffer } from "../../runtime/memory/kept-buffer.ts";
import { storedResponse } from "../contract/store.ts";
import { bodyText, CHUNK_BYTES, reading, sent, turns } from "./flights.ts";

const CHUNKS = 60;
const BYTES = CHUNKS * CHUNK_BYTES;
const WHOLE = bodyText(CHUNKS);
const LENGTH: FieldLine = ["content-length", `${BYTES}`];
const TAGGED: readonly FieldLine[] = [["cache-control", "max-age=60"], ["etag", '"v1"'], LENGTH];
const UNTAGGED: readonly FieldLine[] = [["cache-control", "max-age=60"], LENGTH];
/** The store takes 200 KB; a reader may be 1 MB behind, and is not looked at for long. */
const LIMITS = { memoryObjectMaxBytes: 200_000, waiterLagMaxBytes: 1_000_000, readerPatienceMs: 0 };

/** The rest of the body as a well-behaved origin gives it. */
function rest(first: number, change: { fields?: readonly FieldLine[]; status?: number; mark?: number } = {}) {
  const fields: readonly FieldLine[] = change.fields ?? [
    ["etag", '"v1"'],
    ["content-range", `bytes ${first}-${BYTES - 1}/${BYTES}`],
    ["content-length", `${BYTES - first}`],
  ];
  const body = new TextEncoder().encode(bodyText(CHUNKS, first, change.mark));
  const result: UpstreamResult<ByteBody> = {
    kind: "response",
    head: { status: change.status ?? 206, fields },
    body,
    closeDelimited: false,
  };
  return result;
}

/** Two clients of one fetch; `slow` has had one chunk when `fast` is done. */
async function fastAndSlow(fields: readonly FieldLine[], limits: Parameters<typeof reading>[0] = {}) {
  const made = reading({ limits: { ...LIMITS, ...limits.limits } });
  const origin = made.streams(fields);
  const [fast, slow] = await Promise.all([made.open("/big"), made.open("/big")]);
  origin.send(WHOLE);
  origin.end();
  const begun = (await slow.read()) ?? "";
  return { ...made, sending: origin, fast, slow, begun };
}

describe("a body too long for the store", () => {
  it("is fetched once for all who come together, and said to be not stored", async () => {
    const made = reading({ limits: LIMITS });
    const origin = made.streams(TAGGED);
    const clients = await Promise.all(Array.from({ length: 8 }, () => made.open("/big")));
    origin.send(WHOLE);
    origin.end();
    const bodies = await Promise.all(clients.map((client) => client.rest()));
    expect(bodies.every((body) => body === WHOLE)).toBe(true);
    expect(made.origin.requests).toHaveLength(1);
    expect(clients.map(({ outcome }) => outcome)).toEqual([
      "not-stored",
      ...Array.from({ length: 7 }, () => "collapsed"),
    ]);
    expect(clients[0]?.reply.head.fields.find(([name]) => name === "cache-status")?.[1]).toContain("too-large");
    await made.settled();
    expect(made.edge.flights.size).toBe(0);
  });

  it("is shared with those who come while its beginning is held, and fetched anew for those who come later", async () => {
    const made = reading({ limits: LIMITS });
    const origin = made.streams(TAGGED);
    const first = await made.open("/big");
    origin.send(WHOLE);
    for (let chunk = 0; chunk < 5; chunk += 1) await first.read();
    const second = await made.open("/big");
    expect(second.outcome).toBe("collapsed");
    for (let chunk = 0; chunk < 15; chunk += 1) await Promise.all([first.read(), second.read()]);
    const again = made.streams(TAGGED);
    const late = await Promise.all([made.open("/big"), made.open("/big")]);
    expect(late.map(({ outcome }) => outcome)).toEqual(["not-stored", "collapsed"]);
    expect(made.origin.requests).toHaveLength(2);
    for (const source of [origin, again]) source.end();
    await Promise.all([first.leave(), second.leave(), ...late.map((client) => client.leave())]);
    expect(again.left()).toBe(true);
  });

  it("goes at the pace of its only reader", async () => {
    const made = reading({ limits: LIMITS });
    const origin = made.streams(TAGGED);
    const only = await made.open("/big");
    origin.send(WHOLE);
    await only.read();
    await turns(50);
    expect(origin.taken()).toBeLessThan(15);
    await only.leave();
    expect(origin.left()).toBe(true);
  });
});

describe("a reader too far behind", () => {
  it("delays nobody, and continues by a range that is bound to what it has", async () => {
    const { origin, fast, slow, begun } = await fastAndSlow(TAGGED);
    origin.answers(() => rest(CHUNK_BYTES));
    expect(await fast.rest()).toBe(WHOLE);
    expect(origin.requests).toHaveLength(1);
    expect(begun + (await slow.rest())).toBe(WHOLE);
    expect(origin.requests).toHaveLength(2);
    expect(sent(origin.requests[1], "range")).toBe(`bytes=${CHUNK_BYTES}-`);
    expect(sent(origin.requests[1], "if-range")).toBe('"v1"');
  });

  it("continues from the store, if the body has got there", async () => {
    const { edge, origin, fast, slow, begun } = await fastAndSlow(TAGGED);
    await fast.rest();
    const stored = storedResponse<ByteBody>("", keptBuffer(new TextEncoder().encode(WHOLE)));
    edge.store.find = () => [{ ...stored, head: { status: 200, fields: TAGGED } }];
    expect(begun + (await slow.rest())).toBe(WHOLE);
    expect(origin.requests).toHaveLength(1);
  });

  it.each<[string, UpstreamResult<ByteBody>]>([
    ["has another version by now", rest(0, { status: 200, mark: 65, fields: [["etag", '"v2"'], LENGTH] })],
    [
      "gives a part of another version",
      rest(CHUNK_BYTES, {
        mark: 65,
        fields: [
          ["etag", '"v2"'],
          ["content-range", `bytes ${CHUNK_BYTES}-${BYTES - 1}/${BYTES}`],
        ],
      }),
    ],
    [
      "gives another part",
      rest(0, {
        fields: [
          ["etag", '"v1"'],
          ["content-range", `bytes 0-${BYTES - 1}/${BYTES}`],
        ],
      }),
    ],
    ["knows no ranges", rest(0, { status: 200, fields: TAGGED })],
    ["fails", { kind: "failure", failure: "refused", detail: "" }],
  ])("is broken off, and gets not a byte more, when the origin %s", async (_what, answer) => {
    const { origin, fast, slow, begun } = await fastAndSlow(TAGGED);
    origin.answers(() => answer);
    origin.answers(() => answer);
    expect(await fast.rest()).toBe(WHOLE);
    expect(begun).toBe(WHOLE.slice(0, CHUNK_BYTES));
    await expect(slow.read()).rejects.toThrow("fell behind");
  });

  it.each([
    ["without a strong validator", UNTAGGED, {}],
    ["with a weak one", [...UNTAGGED, ["etag", 'W/"v1"']] as const, {}],
    ["without a length", TAGGED.filter(([name]) => name !== "content-length"), {}],
    ["when too many are behind already", TAGGED, { limits: { laggingReadersMax: 0 } }],
  ])("is waited for %s", async (_what, fields, limits) => {
    const { origin, sending, fast, slow, begun } = await fastAndSlow(fields, limits);
    const fastText = fast.rest();
    await turns(100);
    expect(sending.taken()).toBeLessThan(55);
    expect(begun + (await slow.rest())).toBe(WHOLE);
    expect(await fastText).toBe(WHOLE);
    expect(origin.requests).toHaveLength(1);
  });

  it("that leaves gives its own request up, and its place", async () => {
    const made = await fastAndSlow(TAGGED);
    const { edge, fast, slow } = made;
    const part: FieldLine = ["content-range", `bytes ${CHUNK_BYTES}-${BYTES - 1}/${BYTES}`];
    const further = made.streams([["etag", '"v1"'], part], 206);
    await fast.rest();
    expect(edge.flights.lagging.taken).toBe(1);
    further.send("x".repeat(CHUNK_BYTES));
    expect(await slow.read()).toHaveLength(CHUNK_BYTES);
    await slow.leave();
    await turns(2);
    expect(further.left()).toBe(true);
    expect(edge.flights.lagging.taken).toBe(0);
  });
});

describe("a fill whose clients have all left", () => {
  const KEPT_BYTES = 8 * CHUNK_BYTES;
  const kept = (length: boolean): readonly FieldLine[] => [
    ["cache-control", "max-age=60"],
    ...(length ? ([["content-length", `${KEPT_BYTES}`]] as const) : []),
  ];

  /** One client has read so many of eight chunks that may be stored, and leaves. */
  async function leftAfter(chunks: number, options: { length?: boolean; others?: number } = {}) {
    const made = reading();
    const origin = made.streams(kept(options.length ?? true));
    const client = await made.open("/a");
    const others = await Promise.all(Array.from({ length: options.others ?? 0 }, () => made.open("/a")));
    origin.send(bodyText(chunks));
    for (let chunk = 0; chunk < chunks; chunk += 1) await client.read();
    await client.leave();
    await turns(3);
    return { ...made, sending: origin, others };
  }

  it("is given up", async () => {
    const { sending, edge, settled } = await leftAfter(1);
    expect(sending.left()).toBe(true);
    await settled();
    expect(edge.flights.size).toBe(0);
  });

  it("goes on, and is stored, when a quarter of it has come", async () => {
    const { sending, settled, open } = await leftAfter(2);
    expect(sending.left()).toBe(false);
    sending.send(bodyText(8).slice(2 * CHUNK_BYTES));
    sending.end();
    await settled();
    const { outcome, rest: whole } = await open("/a");
    expect([outcome, await whole()]).toEqual(["hit", bodyText(8)]);
  });

  it("is given up when nobody knows how much is left", async () => {
    expect((await leftAfter(4, { length: false })).sending.left()).toBe(true);
  });

  it("goes on for those who still read", async () => {
    const { sending, others } = await leftAfter(1, { others: 1 });
    expect(sending.left()).toBe(false);
    sending.end();
    expect(await others[0]?.rest()).toBe(bodyText(1));
  });

  it("goes on when it was a refresh that nobody waited for", async () => {
    const made = reading();
    made.origin.replies(200, { "cache-control": "max-age=60, stale-while-revalidate=600", etag: '"v0"' }, "old");
    await made.get("/a");
    made.clock.advance(70_000);
    const refresh = made.streams(kept(true));
    expect((await made.open("/a")).outcome).toBe("stale-while-revalidate");
    await turns(3);
    expect(refresh.left()).toBe(false);
    refresh.send(bodyText(8));
    refresh.end();
    await made.settled();
    expect((await made.open("/a")).outcome).toBe("hit");
  });

  it("is given up when a refresh turns out too long for the store", async () => {
    const made = reading({ limits: LIMITS });
    made.origin.replies(200, { "cache-control": "max-age=60, stale-while-revalidate=600", etag: '"v0"' }, "old");
    await made.get("/a");
    made.clock.advance(70_000);
    const refresh = made.streams(TAGGED);
    await made.open("/a");
    refresh.send(WHOLE);
    await made.settled();
    expect(refresh.left()).toBe(true);
  });
});
