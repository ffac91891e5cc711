/** Which nodes believe each other: members with a certificate, and for as long as control is silent also one that has ended. */
import { describe, expect, test } from "vitest";
import type { Member } from "../core/ledger/snapshot.ts";
import { judgePeer } from "./peer-trust.ts";

const HOUR_MS = 3_600_000;
const member: Member = { id: "fra", role: "edge", credentialHash: "", enrolled: { epoch: "", seq: 1 } };
const snapshot = { members: new Map([["fra", member]]) };
const certificate = { uri: "antipode://edge/fra", notBeforeMs: 0, notAfterMs: 24 * HOUR_MS };

function judge(change: { uri?: string; nowMs?: number; confirmedAtMs?: number | undefined }): string {
  const { uri = certificate.uri, nowMs = HOUR_MS, confirmedAtMs } = change;
  const verdict = judgePeer({ ...certificate, uri }, { snapshot, nowMs, confirmedAtMs, clockSkewMs: 60_000 });
  return verdict.kind === "trusted" ? "trusted" : verdict.reason;
}

describe("a peer", () => {
  test("with a certificate that is valid is trusted", () => {
    expect(judge({ confirmedAtMs: HOUR_MS })).toBe("trusted");
  });
  test("that is no member any more, or whose certificate names something else, is not", () => {
    expect(judge({ uri: "antipode://edge/syd" })).toContain("no member");
    expect(judge({ uri: "antipode://router/fra" })).toContain("no router");
    expect(judge({ uri: "DNS:fra" })).toContain("names no node");
  });
  test("whose certificate ended while control was there is not; while control was silent for a week, it is", () => {
    const weekMs = 7 * 24 * HOUR_MS;
    expect(judge({ nowMs: weekMs, confirmedAtMs: weekMs })).toContain("has ended");
    expect(judge({ nowMs: weekMs, confirmedAtMs: 12 * HOUR_MS })).toBe("trusted");
    expect(judge({ nowMs: weekMs, confirmedAtMs: undefined })).toBe("trusted");
  });
  test("whose certificate is not valid yet has a clock that is wrong, or we have", () => {
    expect(judge({ nowMs: -2 * 60_000 })).toContain("clock");
    expect(judge({ nowMs: -30_000 })).toBe("trusted");
  });
});
