/** What every runtime's spools must do with readers that are too slow for a window. Part of the contract of bodies. */
import { describe, expect, test } from "vitest";
import type { LaggingReader } from "../../core/ports.ts";
import type { BodiesUnderTest } from "./bodies.ts";

const CHUNK_BYTES = 100_000;
const CHUNKS = 90;
const LAG_BYTES = 1_000_000;

/** The chunks of a body that shows where each byte belongs. */
function chunkOf(number: number): string {
  return String.fromCharCode(97 + (number % 26)).repeat(CHUNK_BYTES);
}

const WHOLE = Array.from({ length: CHUNKS }, (_, number) => chunkOf(number)).join("");

/** The suite. */
export function laggingContract<B>(name: string, make: () => BodiesUnderTest<B>): void {
  describe(`${name} bodies with slow readers over the limit`, () => {
    const { bodies, source, reader } = make();

    /** A body of 9 MB in a window, and what happens to those who leave it. */
    function window(
      options: {
        readonly patienceMs?: number;
        readonly places?: number;
        continueFrom?(first: number): Promise<B | undefined>;
      } = {},
    ) {
      const fed = source();
      let timeUp = (): void => {};
      const later = (_delayMs: number, action: () => void) => {
        timeUp = action;
        return () => {
          timeUp = () => {};
        };
      };
      const left: number[] = [];
      let [over, places] = [0, options.places ?? 10];
      const leave = (): LaggingReader<B> | undefined => {
        if (places === 0) return undefined;
        places -= 1;
        return {
          continueFrom: async (first) => {
            left.push(first);
            return options.continueFrom === undefined
              ? bodies.fromText(WHOLE.slice(first))
              : options.continueFrom(first);
          },
          over: () => {
            over += 1;
          },
        };
      };
      const spool = bodies.spool(fed.body, {
        maxBytes: 0,
        lag: {
          maxBytes: LAG_BYTES,
          patienceMs: options.patienceMs ?? 0,
          clock: { nowMs: () => 0, after: later },
          leave,
        },
      });
      for (let number = 0; number < CHUNKS; number += 1) fed.push(chunkOf(number));
      fed.end();
      const open = () => {
        const body = spool.open();
        if (body === undefined) throw new Error("the spool gave no reader");
        return reader(body);
      };
      return { fed, left, over: () => over, timeUp: () => timeUp(), open };
    }

    const rest = async ({ read }: ReturnType<ReturnType<typeof window>["open"]>): Promise<string> => {
      let all = "";
      for (let part = await read(); part !== undefined; part = await read()) all += part;
      return all;
    };

    test("the source follows the fastest; who is too far behind continues by itself, at its own byte", async () => {
      const { left, over, open } = window();
      const [fast, slow] = [open(), open()];
      const begun = await slow.read();
      expect(await rest(fast)).toBe(WHOLE);
      expect(left).toEqual([]);
      expect(begun + (await rest(slow))).toBe(WHOLE);
      expect(left).toEqual([CHUNK_BYTES]);
      expect(over()).toBe(1);
    });
    test("who is less far behind stays", async () => {
      const { left, open } = window();
      const [fast, slow] = [open(), open()];
      let [fastText, slowText] = ["", ""];
      for (let number = 0; number < CHUNKS; number += 1) {
        fastText += await fast.read();
        if (number >= 9) slowText += await slow.read();
      }
      expect(fastText).toBe(WHOLE);
      expect(slowText + (await rest(slow))).toBe(WHOLE);
      expect(left).toEqual([]);
    });
    /** A fast one, and one that gets a quarter of that: 39 chunks behind, and four times the allowed bytes are 40. */
    const nearlyFast = async ({ open }: ReturnType<typeof window>) => {
      const [fast, other] = [open(), open()];
      const got = { fast: "", other: "" };
      for (let number = 0; number < 52; number += 1) {
        got.fast += await fast.read();
        if (number % 4 === 3) got.other += await other.read();
      }
      return { fast, other, got };
    };
    test("who is nearly fast enough is waited for, and stays when it comes nearer", async () => {
      const made = window({ patienceMs: 1_000 });
      const { fast, other, got } = await nearlyFast(made);
      const fastText = rest(fast);
      for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      expect(made.fed.waiting()).toBeGreaterThan(0);
      expect(got.other + (await rest(other))).toBe(WHOLE);
      expect(got.fast + (await fastText)).toBe(WHOLE);
      expect(made.left).toEqual([]);
    });
    test("who is waited for and does not come nearer leaves when the time is up", async () => {
      const made = window({ patienceMs: 1_000 });
      const { fast, other, got } = await nearlyFast(made);
      const fastText = rest(fast);
      for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      expect(made.fed.waiting()).toBeGreaterThan(0);
      made.timeUp();
      expect(got.fast + (await fastText)).toBe(WHOLE);
      expect(got.other + (await rest(other))).toBe(WHOLE);
      expect(made.left).toEqual([got.other.length]);
    });
    test("where there is no room outside, the source waits for the slowest", async () => {
      const { fed, left, open } = window({ places: 0 });
      const [fast, slow] = [open(), open()];
      const fastText = rest(fast);
      for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      expect(fed.waiting()).toBeGreaterThan(30);
      expect(await rest(slow)).toBe(WHOLE);
      expect(await fastText).toBe(WHOLE);
      expect(left).toEqual([]);
    });
    test("who cannot continue fails, and the others do not", async () => {
      const { over, open } = window({ continueFrom: async () => undefined });
      const [fast, slow] = [open(), open()];
      expect(await rest(fast)).toBe(WHOLE);
      await expect(rest(slow)).rejects.toThrow("fell behind");
      expect(over()).toBe(1);
    });
    test("who leaves after falling behind gives up what it would continue from", async () => {
      const further = source();
      const { over, open } = window({ continueFrom: async () => further.body });
      const [fast, never, slow] = [open(), open(), open()];
      await rest(fast);
      further.push("x");
      expect(await slow.read()).toBe("x");
      await slow.leave();
      await never.leave();
      for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      expect(further.left()).toBe(true);
      expect(over()).toBe(2);
    });
    test("the next fastest is not held up when the fastest leaves just after the others were looked at", async () => {
      const { open } = window();
      const [fast, next, slow] = [open(), open(), open()];
      const begun = await slow.read();
      for (let number = 0; number < 18; number += 1) await fast.read();
      await fast.leave();
      expect(await rest(next)).toBe(WHOLE);
      expect(begun + (await rest(slow))).toBe(WHOLE);
    });
    test("the fastest leaving makes the next one the fastest", async () => {
      const { left, open } = window();
      const [fast, next] = [open(), open()];
      for (let number = 0; number < 8; number += 1) await fast.read();
      await fast.leave();
      expect(await rest(next)).toBe(WHOLE);
      expect(left).toEqual([]);
    });
  });
}
