/** Who is believed: enrolment, credentials that are exchanged, certificates, tokens, TLS by the key of the join token, the audit. */
import { X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { joinTokenText, parseJoinToken } from "../../fleet/join-token.ts";
import { controlLink } from "../../runtime/node/control-link.ts";
import { nodeSecrets } from "../../runtime/node/node-secrets.ts";
import type { ControlUnderTest } from "./control-under-test.ts";
import { siteConfig } from "./control-under-test.ts";
import { soon, startedControl, startedFollower } from "./running.ts";

const { newCredential, hashOf } = nodeSecrets;

function secretOf(control: ControlUnderTest): string {
  return parseJoinToken(control.joinToken)?.secret ?? "";
}

async function positionOf(control: ControlUnderTest): Promise<string> {
  return (await control.ask("GET", "/v1/edges")).json.position;
}

describe("enrolment", () => {
  test("the join token does not take over a node that is there; after a revoke by the admin the id is free", async () => {
    const control = await startedControl();
    const enrol = (credential: string) =>
      control.ask("POST", "/v1/enrol", {
        token: secretOf(control),
        body: { id: "fra", credentialHash: hashOf(credential) },
      });
    const [first, thief] = [newCredential("fra"), newCredential("fra")];
    expect((await enrol(first)).status).toBe(201);
    const refused = await enrol(thief);
    expect(refused.status).toBe(409);
    expect(refused.json.detail).toContain("revoke");
    const withoutHash = await control.ask("POST", "/v1/enrol", { token: secretOf(control), body: { id: "fra" } });
    expect(withoutHash.status).toBe(409);
    expect((await control.ask("GET", "/v1/edges", { token: first })).status).toBe(200);
    expect((await control.ask("GET", "/v1/edges", { token: thief })).status).toBe(401);
    await control.ask("POST", "/v1/edges/fra/revoke");
    expect((await control.ask("GET", "/v1/edges", { token: first })).status).toBe(401);
    expect((await enrol(thief)).status).toBe(201);
  });
  test("the same question once more is answered and changes nothing, whatever else it says", async () => {
    const control = await startedControl();
    const body = { id: "fra", region: "eu", credentialHash: hashOf(newCredential("fra")) };
    const token = secretOf(control);
    expect((await control.ask("POST", "/v1/enrol", { token, body })).status).toBe(201);
    const before = await positionOf(control);
    expect((await control.ask("POST", "/v1/enrol", { token, body: { ...body, region: "us" } })).status).toBe(200);
    expect(await positionOf(control)).toBe(before);
  });
  test("a node speaks for itself only", async () => {
    const control = await startedControl();
    const credential = newCredential("fra");
    const token = secretOf(control);
    await control.ask("POST", "/v1/enrol", { token, body: { id: "fra", credentialHash: hashOf(credential) } });
    const other = await control.ask("POST", "/v1/enrol", { token: credential, body: { id: "syd" } });
    expect(other.status).toBe(403);
    expect(other.json.detail).toContain("join");
    expect((await control.ask("POST", "/v1/edges/fra/drain", { token: credential })).status).toBe(403);
  });
  test("what a node says of itself follows its flags", async () => {
    const control = await startedControl();
    const first = await startedFollower(control, { facts: { at: [50, 8], region: "eu" } });
    await vi.waitFor(() => expect(first.snapshot()?.members.get("fra")?.region).toBe("eu"), soon);
    first.follower.stop();
    const second = await startedFollower(control, { folder: first.folder, facts: { at: [51, 9], region: "eu" } });
    await vi.waitFor(() => expect(second.snapshot()?.members.get("fra")?.at).toEqual([51, 9]), soon);
  });
});

describe("a credential", () => {
  test("is exchanged at its age; the old one is worth nothing, and the node goes on following", async () => {
    const control = await startedControl();
    const node = await startedFollower(control, { credentialLifetimeSeconds: 0 });
    await vi.waitFor(() => expect(node.identity.credential).toBeDefined(), soon);
    const first = node.identity.credential ?? "";
    await vi.waitFor(() => expect(node.identity.credential).not.toBe(first), soon);
    expect((await control.ask("GET", "/v1/edges", { token: first })).status).toBe(401);
    await control.ask("PUT", "/v1/sites/shop", { body: siteConfig("shop.example") });
    await vi.waitFor(() => expect(node.book.findSite("shop.example")).toBeDefined(), soon);
  });
  test("survives that the answer to the exchange was lost", async () => {
    const control = await startedControl();
    const node = await startedFollower(control);
    await vi.waitFor(() => expect(node.snapshot()?.members.has("fra")).toBe(true), soon);
    node.follower.stop();
    const old = node.identity.credential ?? "";
    const next = newCredential("fra");
    const exchange = { id: "fra", credentialHash: hashOf(next) };
    expect((await control.ask("POST", "/v1/enrol", { token: old, body: exchange })).status).toBe(201);
    writeFileSync(join(node.folder, "identity.json"), JSON.stringify({ credential: old, next, sinceMs: Date.now() }));
    const again = await startedFollower(control, { folder: node.folder });
    await vi.waitFor(() => expect(again.follower.standing.confirmedAtMs).toBeDefined(), soon);
    expect(again.identity.credential).toBe(next);
  });
  test("that is revoked ends an open feed within a second", async () => {
    const control = await startedControl();
    const credential = newCredential("fra");
    const body = { id: "fra", credentialHash: hashOf(credential) };
    await control.ask("POST", "/v1/enrol", { token: secretOf(control), body });
    let events = 0;
    const onEvent = () => {
      events += 1;
    };
    const feed = controlLink(undefined).follow(control.url, {
      token: credential,
      ...{ after: undefined, hash: undefined, wantsFleet: false },
      silenceMs: 60_000,
      connectMs: 1_000,
      onEvent,
    });
    await vi.waitFor(() => expect(events).toBeGreaterThan(0), soon);
    const startedMs = performance.now();
    await control.ask("POST", "/v1/edges/fra/revoke");
    expect((await feed.ended).kind).toBe("ended");
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });
});

describe("certificates", () => {
  test("a node has one of the fleet's authority, for its own name, for a day", async () => {
    const control = await startedControl();
    const node = await startedFollower(control);
    await vi.waitFor(() => expect(node.identity.certificate).toBeDefined(), soon);
    const { certificate = "", authority = "", key = "" } = node.identity.certificate ?? {};
    const read = new X509Certificate(certificate);
    expect(read.subjectAltName).toBe("URI:antipode://edge/fra");
    expect(read.verify(new X509Certificate(authority).publicKey)).toBe(true);
    expect(nodeSecrets.publicKeyOf(key)).toBe(
      read.publicKey.export({ type: "spki", format: "der" }).toString("base64"),
    );
    expect(read.validToDate.getTime() - Date.now()).toBeLessThanOrEqual(86_400_000);
    expect(authority.trim()).toBe(readFileSync(join(control.folder, "authority.crt"), "utf8").trim());
  });
  test("are for nodes: neither the admin nor a token with the scope edge gets one, and a stolen key is not certified", async () => {
    const control = await startedControl();
    expect((await control.ask("POST", "/v1/certificates", { body: {} })).status).toBe(403);
    const { json } = await control.ask("POST", "/v1/tokens", { body: { id: "e", scopes: ["edge"] } });
    expect((await control.ask("POST", "/v1/certificates", { token: json.token, body: {} })).status).toBe(403);
    const credential = newCredential("fra");
    await control.ask("POST", "/v1/enrol", {
      token: secretOf(control),
      body: { id: "fra", credentialHash: hashOf(credential) },
    });
    const publicKey = nodeSecrets.publicKeyOf(nodeSecrets.newKey());
    const proof = nodeSecrets.prove(nodeSecrets.newKey(), `antipode certificate 1\nfra\n${publicKey}`);
    const answer = await control.ask("POST", "/v1/certificates", { token: credential, body: { publicKey, proof } });
    expect(answer.status).toBe(400);
  });
});

describe("TLS", () => {
  test("control makes its own certificate, nodes know it by the join token, and it is the same after a restart", async () => {
    const control = await startedControl({ tls: "own" });
    const node = await startedFollower(control);
    await vi.waitFor(() => expect(node.snapshot()?.members.has("fra")).toBe(true), soon);
    await control.stop();
    const again = await startedControl({ folder: control.folder, tls: "own" });
    expect(again.joinToken).toBe(control.joinToken);
  });
  test("another key at the same address gets neither the join secret nor a follower", async () => {
    const control = await startedControl({ tls: "own" });
    const token = parseJoinToken(control.joinToken);
    if (token === undefined) throw new Error("no token");
    const joinToken = joinTokenText({ ...token, tlsFingerprint: "0".repeat(64) });
    const node = await startedFollower(control, { joinToken });
    await vi.waitFor(() => expect(node.said.join()).toContain("not the one that is expected"), soon);
    expect(node.identity.credential).toBeUndefined();
  });
  test("plain HTTP to another machine is not spoken", async () => {
    const control = await startedControl();
    const node = await startedFollower(control, { urls: ["http://192.0.2.1:8081"] });
    await vi.waitFor(() => expect(node.said.join()).toContain("loopback only"), soon);
  });
});

describe("tokens", () => {
  test("are rotated: the new secret works, the old one does not, and control's own files follow", async () => {
    const control = await startedControl();
    const old = secretOf(control);
    const rotated = await control.ask("POST", "/v1/tokens/join/rotate");
    expect(rotated.status).toBe(200);
    expect(readFileSync(rotated.json.file, "utf8").trim()).toBe(rotated.json.token);
    const secret = parseJoinToken(rotated.json.token)?.secret ?? "";
    expect((await control.ask("POST", "/v1/enrol", { token: old, body: { id: "a" } })).status).toBe(401);
    expect((await control.ask("POST", "/v1/enrol", { token: secret, body: { id: "a" } })).status).toBe(201);
    expect((await control.ask("POST", "/v1/tokens/nobody/rotate")).status).toBe(404);
    expect((await control.ask("POST", "/v1/tokens", { body: { id: "admin", scopes: ["read"] } })).status).toBe(409);
  });
});

test("the audit names the author of every write, the newest first, without any hash of a secret", async () => {
  const control = await startedControl();
  const { json } = await control.ask("POST", "/v1/tokens", { body: { id: "owner", scopes: ["site:shop"] } });
  const body = { ...siteConfig("shop.example"), origins: [{ url: "https://shop-origin.example" }], origin: {} };
  expect((await control.ask("PUT", "/v1/sites/shop", { token: json.token, body })).status).toBe(200);
  const audit = (await control.ask("GET", "/v1/audit")).json.entries;
  expect(audit.map(({ author, kind }) => `${author} ${kind}`)).toEqual([
    "token:owner site-version",
    "token:admin token",
    "control token",
    "control token",
  ]);
  expect(JSON.stringify(audit)).not.toMatch(/"hash":"[0-9a-f]{64}"[^}]*"scopes"|credentialHash/);
  const older = await control.ask("GET", `/v1/audit?limit=1&before=${audit[0]?.position}`);
  expect(older.json.entries).toEqual([audit[1]]);
  expect((await control.ask("GET", "/v1/audit?limit=0")).status).toBe(400);
  expect((await control.ask("GET", "/v1/audit?before=x")).status).toBe(400);
});
