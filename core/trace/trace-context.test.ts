/** Traces: which are continued, which begin here, which are exported. */
import { describe, expect, test } from "vitest";
import type { FieldLine } from "../http/fields.ts";
import { passingPolicy, type TracePolicy, traceFields, traceOf } from "./trace-context.ts";
import { keptTracestate } from "./tracestate.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";
const parent = (value: string): FieldLine[] => [["traceparent", value]];

function seeded(sampleRatio: number): TracePolicy {
  let state = 1;
  return {
    exports: true,
    sampleRatio,
    random: () => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647;
    },
  };
}

describe("a trace that comes with a request", () => {
  test("goes on with a span of ours as the next hop's parent", () => {
    const trace = traceOf(parent(`00-${TRACE}-${SPAN}-01`), false, passingPolicy(seeded(0).random));
    expect(trace).toMatchObject({ traceId: TRACE, parentSpanId: SPAN, sampled: false, flaggedSampled: true });
    expect(trace?.spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(trace?.spanId).not.toBe(SPAN);
    expect(trace && traceFields(trace)).toEqual([["traceparent", `00-${TRACE}-${trace?.spanId}-01`]]);
  });

  test("of a later version is understood as far as we know it, and sent on as version 00", () => {
    const trace = traceOf(parent(`cc-${TRACE}-${SPAN}-01-what-the-future-will-be`), false, seeded(0));
    expect(trace && traceFields(trace)[0]?.[1]).toBe(`00-${TRACE}-${trace?.spanId}-01`);
  });

  test("keeps what other vendors wrote beside it", () => {
    const fields: FieldLine[] = [...parent(`00-${TRACE}-${SPAN}-00`), ["tracestate", "a=1"], ["tracestate", "b@c=2 3"]];
    expect(traceOf(fields, false, seeded(0))?.state).toBe("a=1,b@c=2 3");
  });

  test("is exported at a stranger's wish by nobody, at one of ours by us when we export at all", () => {
    const fields = parent(`00-${TRACE}-${SPAN}-01`);
    expect(traceOf(fields, false, seeded(1e-9))?.sampled).toBe(false);
    expect(traceOf(fields, true, seeded(1e-9))?.sampled).toBe(true);
    expect(
      traceOf(
        fields,
        true,
        passingPolicy(() => 0.5),
      )?.sampled,
    ).toBe(false);
  });
});

describe("a traceparent that is not valid", () => {
  const invalid = [
    "",
    "00",
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE}-${SPAN}-01 `,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${"0".repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${"0".repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE.slice(1)}-${SPAN}-01`,
    `0x-${TRACE}-${SPAN}-01`,
    `cc-${TRACE}-${SPAN}-01.more`,
    `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
  ];
  test.each(invalid)("%j is forgotten", (value) => {
    expect(traceOf(parent(value), true, seeded(0))).toBeUndefined();
    const begun = traceOf([...parent(value), ["tracestate", "a=1"]], true, seeded(1));
    expect(begun).toMatchObject({ parentSpanId: undefined, sampled: true, state: undefined });
    expect(begun?.traceId).not.toBe(TRACE);
  });

  test("two of them are no better than none", () => {
    const line = parent(`00-${TRACE}-${SPAN}-01`);
    expect(traceOf([...line, ...line], true, seeded(0))).toBeUndefined();
  });
});

describe("traces that begin here", () => {
  test("are as many as the ratio says, and other nodes agree on which", () => {
    const policy = seeded(0.25);
    const traces = Array.from({ length: 4_000 }, () => traceOf([], false, policy));
    const sampled = traces.filter((trace) => trace?.sampled);
    expect(sampled.length / traces.length).toBeCloseTo(0.25, 1);
    for (const trace of traces.slice(0, 200)) {
      if (trace === undefined) throw new Error("no trace began");
      const next = traceOf(traceFields(trace), false, seeded(0.25));
      expect(next).toMatchObject({ traceId: trace.traceId, parentSpanId: trace.spanId, sampled: trace.sampled });
    }
  });

  test("none begins where nothing is exported", () => {
    expect(
      traceOf(
        [],
        true,
        passingPolicy(() => 0.5),
      ),
    ).toBeUndefined();
  });

  test("ids are never all zero", () => {
    const trace = traceOf([], true, { exports: true, sampleRatio: 1, random: () => 0 });
    expect(trace?.traceId).toMatch(/[1-9a-f]/);
    expect(trace?.spanId).toMatch(/[1-9a-f]/);
  });
});

describe("tracestate", () => {
  test.each([
    [["a=1,,b=2"], "a=1,b=2"],
    [["rojo=00f067aa0ba902b7, congo=t61rcWkgMzE "], "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"],
    [["fw529a3039@dt=FfAb"], "fw529a3039@dt=FfAb"],
    [["a=1,a=2"], undefined],
    [["A=1"], undefined],
    [["a"], undefined],
    [["=1"], undefined],
    [["a=b=c"], undefined],
    [["a=é"], undefined],
    [[Array.from({ length: 33 }, (_, index) => `k${index}=1`).join(",")], undefined],
    [[], undefined],
    [[" , "], undefined],
  ] as const)("%j becomes %j", (lines, expected) => {
    expect(keptTracestate(lines)).toBe(expected);
  });

  test("loses whole entries at its end when it is long", () => {
    const entry = (name: string): string => `${name}=${"x".repeat(250)}`;
    expect(keptTracestate(["a", "b", "c", "d", "e"].map(entry))).toBe(["a", "b", "c", "d"].map(entry).join(","));
  });
});
