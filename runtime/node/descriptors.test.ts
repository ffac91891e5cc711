/** How many clients fit into the limit of open files. */
import { expect, test } from "vitest";
import { clientConnectionsMax } from "./descriptors.ts";

const limits = (files: string): string => `Limit                     Soft Limit           Hard Limit           Units
Max processes             62795                62795                processes
Max open files            ${files.padEnd(21)}${files.padEnd(21)}files
`;

test("half of few descriptors are kept, and 4,096 of many", () => {
  expect(clientConnectionsMax(limits("64"))).toBe(16);
  expect(clientConnectionsMax(limits("1024"))).toBe(496);
  expect(clientConnectionsMax(limits("65536"))).toBe(65_536 - 32 - 4_096);
});

test("somebody is served however few there are", () => {
  expect(clientConnectionsMax(limits("10"))).toBe(1);
});

test("no limit, or none that we understand, is none of ours", () => {
  expect(clientConnectionsMax(limits("unlimited"))).toBeUndefined();
  expect(clientConnectionsMax("")).toBeUndefined();
});
