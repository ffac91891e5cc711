/** What every runtime's spools must do when there is no room for what they hold. Part of the contract of bodies. */
import { describe, expect, test } from "vitest";
import type { SpoolRoom } from "../../core/ports.ts";
import type { BodiesUnderTest } from "./bodies.ts";

const LEAST_BYTES = 100;
const CHUNK = "0123456789".repeat(5);

/** The suite. */
export function roomContract<B>(name: string, make: () => BodiesUnderTest<B>): void {
  describe(`${name} bodies that share room`, () => {
    const { bodies, source, reader } = make();

    function spooling(maxBytes: number) {
      const fed = source();
      const held: number[] = [];
      const state = { full: false };
      const room: SpoolRoom = {
        leastBytes: LEAST_BYTES,
        isFull: () => state.full,
        holds: (bytes) => held.push(bytes),
      };
      const spool = bodies.spool(fed.body, { maxBytes, room });
      const open = () => {
        const body = spool.open();
        if (body === undefined) throw new Error("the spool gave no reader");
        return reader(body);
      };
      return { fed, held, state, spool, open };
    }

    const turns = async (): Promise<void> => {
      for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    };
    const rest = async ({ read }: { read(): Promise<string | undefined> }): Promise<string> => {
      let all = "";
      for (let part = await read(); part !== undefined; part = await read()) all += part;
      return all;
    };

    test("a body that is kept tells what it holds, and nothing once it is whole", async () => {
      const { fed, held, spool } = spooling(1_000);
      fed.push(CHUNK);
      fed.push(CHUNK);
      await turns();
      expect(held.at(-1)).toBe(2 * CHUNK.length);
      fed.end();
      expect(await spool.ended).toEqual({ kind: "complete", bytes: 2 * CHUNK.length });
      expect(held.at(-1)).toBe(0);
    });

    test("a body that fails holds nothing", async () => {
      const { fed, held, spool } = spooling(1_000);
      fed.push(CHUNK);
      await turns();
      fed.fail("cut");
      expect(await spool.ended).toMatchObject({ kind: "failed" });
      expect(held.at(-1)).toBe(0);
    });

    test("a body that could be kept is a window once there is no room, and its readers get all of it", async () => {
      const { fed, state, spool, open } = spooling(1_000);
      const whole = rest(open());
      state.full = true;
      for (let count = 0; count < 20; count += 1) fed.push(CHUNK);
      fed.end();
      expect(await spool.ended).toEqual({ kind: "overflow" });
      expect(await whole).toBe(CHUNK.repeat(20));
    });

    test("a body that is shorter than the least is kept all the same", async () => {
      const { fed, state, spool } = spooling(1_000);
      state.full = true;
      fed.push(CHUNK);
      fed.push(CHUNK);
      fed.end();
      expect(await spool.ended).toEqual({ kind: "complete", bytes: LEAST_BYTES });
    });

    test("a window without room holds the least and one chunk, at the pace of its slowest reader", async () => {
      const { fed, state, held, open } = spooling(0);
      state.full = true;
      const [fast, slow] = [open(), open()];
      for (let count = 0; count < 20; count += 1) fed.push(CHUNK);
      fed.end();
      const [quick, begun] = [rest(fast), await slow.read()];
      await turns();
      expect(Math.max(...held)).toBe(LEAST_BYTES + CHUNK.length);
      expect(fed.waiting()).toBeGreaterThan(10);
      expect(begun + (await rest(slow))).toBe(CHUNK.repeat(20));
      expect(await quick).toBe(CHUNK.repeat(20));
      expect(Math.max(...held)).toBe(LEAST_BYTES + CHUNK.length);
      expect(held.at(-1)).toBe(0);
    });

    test("who comes a little later finds the beginning, unless that is more than the least", async () => {
      const { fed, state, spool, open } = spooling(0);
      state.full = true;
      const first = open();
      for (let count = 0; count < 5; count += 1) fed.push(CHUNK);
      await first.read();
      await first.read();
      const second = open();
      const [one, two] = [rest(first), rest(second)];
      fed.end();
      expect([await one, await two]).toEqual([CHUNK.repeat(3), CHUNK.repeat(5)]);
      expect(spool.open()).toBeUndefined();
    });

    test("a window goes on at once when there is room again", async () => {
      const { fed, state, open } = spooling(0);
      state.full = true;
      const reading = open();
      for (let count = 0; count < 20; count += 1) fed.push(CHUNK);
      await turns();
      expect(fed.waiting()).toBeGreaterThan(10);
      state.full = false;
      await reading.read();
      await turns();
      expect(fed.waiting()).toBe(0);
    });
  });
}
