/** What every runtime's bodies must do. Run on each adapter by a test beside it. */
import { describe, expect, test } from "vitest";
import type { Bodies, Spool } from "../../core/ports.ts";
import { laggingContract } from "./lagging-readers.ts";

/** A source that the test feeds, chunk by chunk. */
export interface FedSource<B> {
  readonly body: B;
  push(chunk: string): void;
  end(): void;
  fail(reason: string): void;
  /** Chunks pushed and not yet taken. */
  waiting(): number;
  /** Whether the reader left early. */
  left(): boolean;
}

/** The adapter, a source to feed, and how to read a body step by step. */
export interface BodiesUnderTest<B> {
  readonly bodies: Bodies<B>;
  source(): FedSource<B>;
  /** Reads as text, one chunk at a time; `undefined` at the end. `leave` stops early. */
  reader(body: B): { read(): Promise<string | undefined>; leave(): Promise<void> };
}

const ROOM = { maxBytes: 1_000_000 };

/** The suite. */
export function bodiesContract<B>(name: string, make: () => BodiesUnderTest<B>): void {
  describe(`${name} bodies`, () => {
    const { bodies, source, reader } = make();
    const text = async (body: B | undefined): Promise<string> => {
      if (body === undefined) throw new Error("no body");
      const { read } = reader(body);
      let all = "";
      for (let chunk = await read(); chunk !== undefined; chunk = await read()) all += chunk;
      return all;
    };
    const openOrThrow = (spool: Spool<B>): B => {
      const body = spool.open();
      if (body === undefined) throw new Error("the spool gave no reader");
      return body;
    };
    const turns = async (count: number): Promise<void> => {
      for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    };

    test("text becomes a body", async () => {
      expect(await text(bodies.fromText("grüße"))).toBe("grüße");
    });
    test("several bodies become one, streams among them", async () => {
      const fed = source();
      const joined = bodies.concat([bodies.fromText("a"), fed.body, bodies.fromText("z")]);
      fed.push("b");
      fed.push("c");
      fed.end();
      expect(await text(joined)).toBe("abcz");
      expect(await text(bodies.concat([bodies.fromText("a"), bodies.fromText("b")]))).toBe("ab");
    });
    test("leaving a joined body gives up every part", async () => {
      const [first, second] = [source(), source()];
      first.push("x");
      const { read, leave } = reader(bodies.concat([first.body, second.body]));
      expect(await read()).toBe("x");
      await leave();
      await turns(2);
      expect([first.left(), second.left()]).toEqual([true, true]);
    });
    test("discarding a stream gives it up; discarding nothing is allowed", async () => {
      const fed = source();
      bodies.discard(fed.body);
      bodies.discard(undefined);
      await turns(2);
      expect(fed.left()).toBe(true);
    });

    test("an empty source is complete and kept", async () => {
      const spool = bodies.spool(undefined, ROOM);
      expect(await spool.ended).toEqual({ kind: "complete", bytes: 0 });
      expect(spool.kept()?.bytes).toBe(0);
      expect(await text(openOrThrow(spool))).toBe("");
    });
    test("what came is kept whole and can be opened many times, in spans", async () => {
      const fed = source();
      const spool = bodies.spool(fed.body, ROOM);
      expect(spool.kept()).toBeUndefined();
      fed.push("hello ");
      fed.push("world");
      fed.end();
      expect(await spool.ended).toEqual({ kind: "complete", bytes: 11 });
      const kept = spool.kept();
      expect(kept?.bytes).toBe(11);
      expect(await text(kept?.open())).toBe("hello world");
      expect(await text(kept?.open({ first: 4, last: 6 }))).toBe("o w");
      expect(await text(kept?.open({ first: 10, last: 10 }))).toBe("d");
      expect(await text(openOrThrow(spool))).toBe("hello world");
    });
    test("the source is read although nobody reads the spool", async () => {
      const fed = source();
      const spool = bodies.spool(fed.body, ROOM);
      for (let chunk = 0; chunk < 20; chunk += 1) fed.push("x".repeat(1_000));
      await turns(4);
      expect(fed.waiting()).toBe(0);
      fed.end();
      expect(await spool.ended).toEqual({ kind: "complete", bytes: 20_000 });
    });
    test("a late reader gets the beginning, then what comes, at the same time as the first", async () => {
      const fed = source();
      const spool = bodies.spool(fed.body, ROOM);
      const first = reader(openOrThrow(spool));
      fed.push("a");
      expect(await first.read()).toBe("a");
      const late = text(openOrThrow(spool));
      fed.push("b");
      expect(await first.read()).toBe("b");
      fed.end();
      expect(await first.read()).toBeUndefined();
      expect(await late).toBe("ab");
    });
    test("a slow reader still gets everything after the body is complete", async () => {
      const fed = source();
      const spool = bodies.spool(fed.body, ROOM);
      const slow = openOrThrow(spool);
      fed.push("a");
      fed.push("b");
      fed.end();
      await spool.ended;
      expect(await text(slow)).toBe("ab");
    });
    test("a reader that leaves hurts neither the others nor the keeping", async () => {
      const fed = source();
      const spool = bodies.spool(fed.body, ROOM);
      const [leaver, stayer] = [reader(openOrThrow(spool)), text(openOrThrow(spool))];
      fed.push("a");
      await leaver.read();
      await leaver.leave();
      fed.push("b");
      fed.end();
      expect(await stayer).toBe("ab");
      expect(await spool.ended).toEqual({ kind: "complete", bytes: 2 });
      expect(fed.left()).toBe(false);
    });
    test("a reader may leave while it waits", async () => {
      const fed = source();
      const spool = bodies.spool(fed.body, ROOM);
      const waiting = reader(openOrThrow(spool));
      const read = waiting.read();
      await waiting.leave();
      expect(await read).toBeUndefined();
      fed.end();
      await spool.ended;
    });
    test("a source that fails fails every reader, and nothing is kept", async () => {
      const fed = source();
      const spool = bodies.spool(fed.body, ROOM);
      const [one, two] = [reader(openOrThrow(spool)), reader(openOrThrow(spool))];
      fed.push("a");
      expect(await one.read()).toBe("a");
      const read = one.read();
      fed.fail("cut off");
      await expect(read).rejects.toThrow("cut off");
      await expect(two.read().then(() => two.read())).rejects.toThrow("cut off");
      expect(await spool.ended).toEqual({ kind: "failed", reason: "cut off" });
      expect(spool.kept()).toBeUndefined();
      expect(spool.open()).toBeUndefined();
    });
    test("abandoning stops the source and fails the readers; after the end it does nothing", async () => {
      const fed = source();
      const spool = bodies.spool(fed.body, ROOM);
      const read = reader(openOrThrow(spool)).read();
      spool.abandon("nobody wants it");
      await expect(read).rejects.toThrow("nobody wants it");
      expect(await spool.ended).toEqual({ kind: "failed", reason: "nobody wants it" });
      await turns(2);
      expect(fed.left()).toBe(true);
      const whole = bodies.spool(bodies.fromText("x"), ROOM);
      await whole.ended;
      whole.abandon("late");
      expect(await text(whole.kept()?.open())).toBe("x");
    });

    test("a body over the limit reaches its readers whole but is not kept", async () => {
      const fed = source();
      const spool = bodies.spool(fed.body, { maxBytes: 3 });
      const [one, two] = [text(openOrThrow(spool)), text(openOrThrow(spool))];
      for (const chunk of ["ab", "cd", "ef"]) fed.push(chunk);
      expect(await spool.ended).toEqual({ kind: "overflow" });
      fed.end();
      expect(await Promise.all([one, two])).toEqual(["abcdef", "abcdef"]);
      expect(spool.kept()).toBeUndefined();
    });
    test("over the limit the beginning is held for a while, and then for nobody", async () => {
      const fed = source();
      const spool = bodies.spool(fed.body, { maxBytes: 3 });
      let sealed = false;
      void spool.sealed.then(() => {
        sealed = true;
      });
      const first = reader(openOrThrow(spool));
      fed.push("abcd");
      expect(await first.read()).toBe("abcd");
      const later = reader(openOrThrow(spool));
      expect(await later.read()).toBe("abcd");
      for (let chunk = 0; chunk < 20; chunk += 1) fed.push("x".repeat(100_000));
      for (let chunk = 0; chunk < 15; chunk += 1) await Promise.all([first.read(), later.read()]);
      await turns(2);
      expect(sealed).toBe(true);
      expect(spool.open()).toBeUndefined();
    });
    test("a body over the limit waits for its first reader", async () => {
      const fed = source();
      const spool = bodies.spool(fed.body, { maxBytes: 0 });
      for (let chunk = 0; chunk < 20; chunk += 1) fed.push("x".repeat(100_000));
      fed.end();
      await turns(50);
      expect(fed.left()).toBe(false);
      expect(fed.waiting()).toBeGreaterThan(5);
      expect((await text(openOrThrow(spool))).length).toBe(2_000_000);
    });
    test("exactly the limit is kept", async () => {
      const fed = source();
      const spool = bodies.spool(fed.body, { maxBytes: 3 });
      fed.push("abc");
      fed.end();
      expect(await spool.ended).toEqual({ kind: "complete", bytes: 3 });
    });
    test("over the limit the source waits for the slowest reader", async () => {
      const fed = source();
      const spool = bodies.spool(fed.body, { maxBytes: 1_000 });
      const [fast, slow] = [reader(openOrThrow(spool)), reader(openOrThrow(spool))];
      const chunks = 64;
      for (let chunk = 0; chunk < chunks; chunk += 1) fed.push("x".repeat(100_000));
      fed.end();
      const fastDone = (async () => {
        let bytes = 0;
        for (let part = await fast.read(); part !== undefined; part = await fast.read()) bytes += part.length;
        return bytes;
      })();
      await turns(100);
      expect(fed.waiting()).toBeGreaterThan(chunks - 20);
      let slowBytes = 0;
      for (let part = await slow.read(); part !== undefined; part = await slow.read()) slowBytes += part.length;
      expect(slowBytes).toBe(chunks * 100_000);
      expect(await fastDone).toBe(chunks * 100_000);
    });
    test("over the limit a slow reader that leaves lets the others go on", async () => {
      const fed = source();
      const spool = bodies.spool(fed.body, { maxBytes: 1_000 });
      const [fast, slow] = [text(openOrThrow(spool)), reader(openOrThrow(spool))];
      for (let chunk = 0; chunk < 40; chunk += 1) fed.push("x".repeat(100_000));
      fed.end();
      await turns(50);
      await slow.leave();
      expect((await fast).length).toBe(4_000_000);
    });
    test("over the limit the source is given up when the last reader leaves", async () => {
      const fed = source();
      const spool = bodies.spool(fed.body, { maxBytes: 1 });
      const only = reader(openOrThrow(spool));
      fed.push("abc");
      expect(await spool.ended).toEqual({ kind: "overflow" });
      expect(fed.left()).toBe(false);
      await only.leave();
      await turns(2);
      expect(fed.left()).toBe(true);
    });
    test("when every reader has left a body that could be kept, the owner says whether it is read on", async () => {
      const asked: number[] = [];
      for (const goesOn of [true, false]) {
        const fed = source();
        const goesOnUnread = (arrivedBytes: number): boolean => {
          asked.push(arrivedBytes);
          return goesOn;
        };
        const spool = bodies.spool(fed.body, { ...ROOM, goesOnUnread });
        const [one, two] = [reader(openOrThrow(spool)), reader(openOrThrow(spool))];
        fed.push("abc");
        expect(await one.read()).toBe("abc");
        await one.leave();
        await two.leave();
        await turns(2);
        expect(fed.left()).toBe(!goesOn);
        if (goesOn) fed.end();
        expect((await spool.ended).kind).toBe(goesOn ? "complete" : "failed");
      }
      expect(asked).toEqual([3, 3]);
    });
    test("over the limit a failure still reaches the readers", async () => {
      const fed = source();
      const spool = bodies.spool(fed.body, { maxBytes: 1 });
      const all = text(openOrThrow(spool));
      fed.push("abc");
      await spool.ended;
      fed.fail("cut off");
      await expect(all).rejects.toThrow("cut off");
    });
  });
  laggingContract(name, make);
}
