/** When a server is taken for one that hangs. */
import { describe, expect, it } from "vitest";
import { Silence } from "./silence.ts";

const afterMs = 1_000;

describe("a server is silent", () => {
  it("when somebody has waited for a while and nobody was answered meanwhile", () => {
    const silence = new Silence();
    expect(silence.isSilent(10_000, afterMs)).toBe(false);
    const first = silence.sent(10_000);
    expect(silence.isSilent(10_999, afterMs)).toBe(false);
    expect(silence.isSilent(11_000, afterMs)).toBe(true);
    const second = silence.sent(11_000);
    silence.ended(second, "heard", { nowMs: 11_100, afterMs });
    expect(silence.isSilent(11_200, afterMs)).toBe(false);
    expect(silence.isSilent(12_100, afterMs)).toBe(true);
    silence.ended(first, "heard", { nowMs: 12_200, afterMs });
    expect(silence.isSilent(99_000, afterMs)).toBe(false);
  });

  it("still when who waited has given up, until it answers somebody or a check", () => {
    const silence = new Silence();
    silence.ended(silence.sent(0), "failed", { nowMs: 5_000, afterMs });
    expect(silence.isSilent(60_000, afterMs)).toBe(true);
    silence.ended(silence.sent(60_000), "heard", { nowMs: 60_100, afterMs });
    expect(silence.isSilent(60_200, afterMs)).toBe(false);
    silence.ended(silence.sent(0), "failed", { nowMs: 5_000, afterMs });
    silence.heard(5_100);
    expect(silence.isSilent(5_200, afterMs)).toBe(false);
  });

  it("not when it refuses at once, when clients leave, or when nobody wants to know", () => {
    const silence = new Silence();
    silence.ended(silence.sent(0), "failed", { nowMs: 10, afterMs });
    silence.ended(silence.sent(0), "unknown", { nowMs: 9_000, afterMs });
    expect(silence.isSilent(9_000, afterMs)).toBe(false);
    silence.ended(silence.sent(0), "failed", { nowMs: 9_000, afterMs: 0 });
    expect(silence.isSilent(9_000, 0)).toBe(false);
  });
});
