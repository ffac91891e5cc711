/** Tests of the wheel, on a clock of our own. */
import { expect, test } from "vitest";
import { NO_TICK, type Timed, TimerWheel } from "./timer-wheel.ts";

/** An entry that notes when it was asked and answers from a list. */
function entry(...answers: (number | undefined)[]): Timed & { readonly askedAtMs: number[] } {
  const askedAtMs: number[] = [];
  const due = (nowMs: number): number | undefined => {
    askedAtMs.push(nowMs);
    return answers.shift();
  };
  return { wheelTick: NO_TICK, askedAtMs, due };
}

/** Turns the wheel every 10 ms up to `endMs`. */
function turnTo(wheel: TimerWheel, endMs: number): void {
  for (let nowMs = 10; nowMs <= endMs; nowMs += 10) wheel.turn(nowMs);
}

test("an entry is asked when it is due, not before, and at most one granularity late", () => {
  const wheel = new TimerWheel(10, () => 0);
  const one = entry();
  wheel.schedule(one, 35);
  turnTo(wheel, 100);
  expect(one.askedAtMs).toEqual([40]);
  expect(one.wheelTick).toBe(NO_TICK);
});

test("an entry that names a later time is asked again then", () => {
  const wheel = new TimerWheel(10, () => 0);
  const one = entry(60, 61);
  wheel.schedule(one, 20);
  turnTo(wheel, 100);
  expect(one.askedAtMs).toEqual([20, 60, 70]);
});

test("a later deadline changes nothing, an earlier one does", () => {
  const wheel = new TimerWheel(10, () => 0);
  const one = entry();
  wheel.schedule(one, 50);
  wheel.schedule(one, 90);
  expect(one.wheelTick).toBe(5);
  wheel.schedule(one, 20);
  turnTo(wheel, 100);
  expect(one.askedAtMs).toEqual([20]);
});

test("what is forgotten is not asked, even within the same turn", () => {
  const wheel = new TimerWheel(10, () => 0);
  const second = entry();
  const first: Timed = {
    wheelTick: NO_TICK,
    due: () => {
      wheel.forget(second);
      return undefined;
    },
  };
  wheel.schedule(first, 20);
  wheel.schedule(second, 20);
  const third = entry();
  wheel.schedule(third, 30);
  wheel.forget(third);
  turnTo(wheel, 100);
  expect([second.askedAtMs, third.askedAtMs]).toEqual([[], []]);
});

test("after a jump ahead everybody between is asked once", () => {
  const wheel = new TimerWheel(10, () => 0);
  const early = entry();
  const late = entry();
  const later = entry();
  wheel.schedule(late, 5_000_000);
  wheel.schedule(early, 20);
  wheel.schedule(later, 9_000_000);
  wheel.turn(6_000_000);
  expect([early.askedAtMs, late.askedAtMs, later.askedAtMs]).toEqual([[6_000_000], [6_000_000], []]);
});
