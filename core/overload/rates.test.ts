/** Rates of one address: bursts, refills, prefixes, who has none, and how much is remembered. */
import { describe, expect, it } from "vitest";
import { parseCidr } from "../net/address.ts";
import { type RateLimits, Rates } from "./rates.ts";
import { RecentTimes } from "./recent-times.ts";

const OFF: RateLimits = {
  ...{ requestsPerIpPerSecondMax: 0, missesPerIpPerSecondMax: 0, clientErrorsPerIpPerSecondMax: 0 },
  ...{ rateBurstSeconds: 2, rateAddressesMax: 1_000 },
};

const admitted = (rates: Rates, address: string, nowMs: number, tries = 100): number =>
  Array.from({ length: tries }, () => rates.request(address, nowMs)).filter((over) => over === undefined).length;

describe("requests of one address", () => {
  it("come in a burst of some seconds' worth, then at the rate", () => {
    const rates = new Rates({ ...OFF, requestsPerIpPerSecondMax: 10 }, []);
    expect(admitted(rates, "192.0.2.1", 0)).toBe(20);
    expect(admitted(rates, "192.0.2.1", 500)).toBe(5);
    expect(admitted(rates, "192.0.2.1", 60_000)).toBe(20);
    expect(admitted(rates, "192.0.2.2", 0)).toBe(20);
  });

  it("over the rate are told when there is room again", () => {
    const rates = new Rates({ ...OFF, requestsPerIpPerSecondMax: 1, rateBurstSeconds: 1 }, []);
    expect(rates.request("192.0.2.1", 0)).toBeUndefined();
    expect(rates.request("192.0.2.1", 100)).toEqual({ reason: "request-rate", retryAfterSeconds: 1 });
    expect(rates.request("192.0.2.1", 1_000)).toBeUndefined();
  });

  it("are those of a whole IPv6 /64", () => {
    const rates = new Rates({ ...OFF, requestsPerIpPerSecondMax: 1, rateBurstSeconds: 1 }, []);
    expect(admitted(rates, "2001:db8::1", 0)).toBe(1);
    expect(admitted(rates, "2001:db8::ffff:2", 0)).toBe(0);
    expect(admitted(rates, "2001:db8:0:1::1", 0)).toBe(1);
  });

  it.each(["127.0.0.1", "::1", "10.0.0.7", "no address"])("are not counted for %s", (address) => {
    const trusted = parseCidr("10.0.0.0/8");
    const rates = new Rates({ ...OFF, requestsPerIpPerSecondMax: 1 }, trusted === undefined ? [] : [trusted]);
    expect(admitted(rates, address, 0)).toBe(100);
  });

  it("have no limit unless one is set", () => {
    expect(admitted(new Rates(OFF, []), "192.0.2.1", 0, 10_000)).toBe(10_000);
  });
});

describe("misses and errors", () => {
  it("have rates of their own", () => {
    const rates = new Rates({ ...OFF, missesPerIpPerSecondMax: 1 }, []);
    expect([rates.miss("192.0.2.1", 0), rates.miss("192.0.2.1", 0)]).toEqual([undefined, undefined]);
    expect(rates.miss("192.0.2.1", 0)).toEqual({ reason: "miss-rate", retryAfterSeconds: 1 });
    expect(rates.request("192.0.2.1", 0)).toBeUndefined();
  });

  it("who provokes many 4xx waits, and comes out of it although it goes on asking", () => {
    const rates = new Rates({ ...OFF, clientErrorsPerIpPerSecondMax: 2, rateBurstSeconds: 1 }, []);
    for (const status of [404, 200, 400, 503]) rates.answered("192.0.2.1", status, 0);
    const over = { reason: "client-error-rate", retryAfterSeconds: 1 };
    expect(rates.request("192.0.2.1", 0)).toEqual(over);
    for (let again = 0; again < 50; again += 1) rates.answered("192.0.2.1", 429, 100);
    expect(rates.request("192.0.2.1", 600)).toBeUndefined();
    for (let again = 0; again < 50; again += 1) rates.answered("192.0.2.1", 404, 600);
    expect(rates.request("192.0.2.1", 700)).toEqual(over);
    expect(rates.request("192.0.2.1", 1_200)).toBeUndefined();
  });
});

it("more addresses than are remembered cost no more memory, and the last ones are remembered", () => {
  const times = new RecentTimes(100);
  for (let key = 0; key < 10_000; key += 1) times.set(`${key}`, key);
  expect(times.size).toBeLessThanOrEqual(100);
  expect([times.get("9999"), times.get("9960"), times.get("5")]).toEqual([9_999, 9_960, undefined]);
});
