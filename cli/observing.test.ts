/** What the flags of observing refuse, in words that help. */
import { expect, test } from "vitest";
import type { Upstream } from "../core/ports.ts";
import type { ByteBody } from "../runtime/memory/bodies.ts";
import { CommandFailure, UsageError } from "./args.ts";
import { startObserving } from "./observing.ts";
import { proxyProtocol } from "./role.ts";

type Flags = Parameters<typeof startObserving>[0];

const FLAGS: Flags = {
  ...{ accessLog: "off", accessLogFile: undefined, accessLogMaxSize: 0, accessLogKeep: 5 },
  ...{ logAddress: "cut", logHide: undefined, otlp: undefined, traceShare: 0.01, debugToken: undefined },
};
const upstream: Upstream<ByteBody> = {
  fetch: () => Promise.resolve({ kind: "failure", failure: "refused", detail: "" }),
};
const about = { node: "nyc", role: "edge", version: "1", trusted: [], upstream };
const start = (flags: Partial<Flags>) => startObserving({ ...FLAGS, ...flags }, about);

test("a short debug token could be guessed", async () => {
  await expect(start({ debugToken: "short" })).rejects.toThrow(
    new UsageError("--debug-token has 5 characters; it needs 16 or more"),
  );
});

test("a log file without a log is a mistake", async () => {
  await expect(start({ accessLogFile: "x.log" })).rejects.toThrow(/needs --access-log json or --access-log combined/);
});

test("a log file that cannot be written ends the start", async () => {
  const refused = start({ accessLog: "json", accessLogFile: "/absent/folder/x.log" });
  await expect(refused).rejects.toThrow(CommandFailure);
  await expect(refused).rejects.toThrow(/cannot write --access-log-file \/absent\/folder\/x.log \(ENOENT/);
});

test("the PROXY protocol is believed of named proxies only", () => {
  expect(() => proxyProtocol(true, [])).toThrow(/--proxy-protocol needs --trust-proxy/);
  expect(proxyProtocol(false, [])).toEqual({});
});

test("without a collector no trace begins here", async () => {
  const { observing } = await start({ traceShare: 1 });
  expect(observing.trace).toMatchObject({ exports: false, sampleRatio: 0 });
});
