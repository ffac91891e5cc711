/** Tests of the caps for each remote address. */
import { expect, test } from "vitest";
import { parseCidr } from "../../../core/net/address.ts";
import { AddressCounts } from "./address-counts.ts";
import { LISTENER_LIMITS } from "./listener-options.ts";

const trusted = parseCidr("203.0.113.0/24");
const counts = (): AddressCounts =>
  new AddressCounts(
    { ...LISTENER_LIMITS, connectionsPerIpv4: 2, connectionsPerIpv6Prefix: 1 },
    trusted === undefined ? [] : [trusted],
  );

test("an IPv4 address gets so many and no more, until one has gone", () => {
  const of = counts();
  const first = of.enter("198.51.100.7");
  of.enter("198.51.100.7");
  expect(of.enter("198.51.100.7")).toBeUndefined();
  expect(of.enter("198.51.100.8")).toBeDefined();
  first?.();
  expect(of.enter("198.51.100.7")).toBeDefined();
});

test("an IPv6 /64 counts as one", () => {
  const of = counts();
  of.enter("2001:db8:1:2::1");
  expect(of.enter("2001:db8:1:2:ffff::9")).toBeUndefined();
  expect(of.enter("2001:db8:1:3::1")).toBeDefined();
});

test("loopback and trusted proxies are not counted", () => {
  const of = counts();
  for (const address of ["127.0.0.1", "::1", "203.0.113.5"]) {
    for (let count = 0; count < 5; count += 1) expect(of.enter(address)).toBeDefined();
  }
});
