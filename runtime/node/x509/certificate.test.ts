/** Certificates: OpenSSL reads them, believes them, and a TLS handshake between two nodes works with them and only with them. */
import { createPrivateKey, sign, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { connect, createServer } from "node:tls";
import { describe, expect, test } from "vitest";
import { nodeUri, parseNodeUri, proofText } from "../../../core/ledger/node-name.ts";
import { authorityCertificate, fleetAuthority, newTlsKey, selfSignedCertificate, tlsFingerprint } from "./authority.ts";
import { publicKeyOf } from "./certificate.ts";

const NOW_MS = Date.now();
const LIFETIME_MS = 86_400_000;

function fleet() {
  const key = newTlsKey();
  return fleetAuthority(key, authorityCertificate(key, NOW_MS));
}

function askOf(id: string, key: string, provenBy = key, provenFor = id) {
  const publicKey = publicKeyOf(key).toString("base64");
  const proof = sign("sha256", Buffer.from(proofText(provenFor, publicKey)), createPrivateKey(provenBy));
  return { id, role: "edge", publicKey, proof: proof.toString("base64"), nowMs: NOW_MS, lifetimeMs: LIFETIME_MS };
}

describe("a certificate of a node", () => {
  test("is read by OpenSSL as what was meant, and is signed by the authority", () => {
    const authority = fleet();
    const issued = authority.issue(askOf("fra", newTlsKey()));
    const certificate = new X509Certificate(issued?.certificate ?? "");
    const issuer = new X509Certificate(authority.certificate);
    expect(certificate.checkIssued(issuer)).toBe(true);
    expect(certificate.verify(issuer.publicKey)).toBe(true);
    expect(certificate.verify(new X509Certificate(fleet().certificate).publicKey)).toBe(false);
    expect(certificate.ca).toBe(false);
    expect(issuer.ca).toBe(true);
    expect(certificate.subjectAltName).toBe("URI:antipode://edge/fra");
    expect(certificate.validToDate.getTime()).toBe(Math.floor((NOW_MS + LIFETIME_MS) / 1000) * 1000);
    expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
  });
  test("is not given for a key that is not the asker's, for another id, or of another kind", () => {
    const authority = fleet();
    const key = newTlsKey();
    expect(authority.issue(askOf("fra", key, newTlsKey()))).toBeUndefined();
    expect(authority.issue(askOf("fra", key, key, "syd"))).toBeUndefined();
    expect(authority.issue({ ...askOf("fra", key), publicKey: "AAAA" })).toBeUndefined();
    expect(authority.issue({ ...askOf("fra", key), proof: "" })).toBeUndefined();
  });
  test("lets two nodes of a fleet speak, and nobody else", async () => {
    const authority = fleet();
    const [serverKey, clientKey] = [newTlsKey(), newTlsKey()];
    const server = createServer({
      key: serverKey,
      cert: authority.issue(askOf("fra", serverKey))?.certificate,
      ca: authority.certificate,
      requestCert: true,
      rejectUnauthorized: true,
    });
    server.on("secureConnection", (socket) => socket.end(socket.getPeerX509Certificate()?.subjectAltName ?? ""));
    server.on("tlsClientError", () => {});
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const heard = async (cert: string | undefined) => {
      const socket = connect({
        port,
        key: clientKey,
        cert,
        ca: authority.certificate,
        checkServerIdentity: () => undefined,
      });
      let text = "";
      socket.setEncoding("utf8").on("data", (part) => {
        text += part;
      });
      await once(socket, "close").catch(() => {});
      return text;
    };
    expect(await heard(authority.issue(askOf("syd", clientKey))?.certificate)).toBe("URI:antipode://edge/syd");
    expect(await heard(fleet().issue(askOf("syd", clientKey))?.certificate)).toBe("");
    server.close();
  });
});

test("a fingerprint is of the key: another certificate of the same key has the same", () => {
  const key = newTlsKey();
  const first = selfSignedCertificate(key, ["control.example", "192.0.2.1", "2001:db8::1"], NOW_MS);
  expect(new X509Certificate(first).subjectAltName).toBe(
    "DNS:control.example, IP Address:192.0.2.1, IP Address:2001:DB8:0:0:0:0:0:1",
  );
  expect(tlsFingerprint(selfSignedCertificate(key, ["other"], NOW_MS + 1))).toBe(tlsFingerprint(first));
  expect(tlsFingerprint(selfSignedCertificate(newTlsKey(), ["other"], NOW_MS))).not.toBe(tlsFingerprint(first));
});

test("a certificate far in the future has its dates written so that they can be read", () => {
  const certificate = new X509Certificate(selfSignedCertificate(newTlsKey(), ["x"], Date.UTC(2045, 0, 1)));
  expect(certificate.validToDate.getUTCFullYear()).toBe(2054);
});

test("the URI of a node is read back, and nothing else is taken for one", () => {
  expect(parseNodeUri(nodeUri({ role: "edge", id: "fra" }))).toEqual({ role: "edge", id: "fra" });
  for (const bad of ["", "antipode://edge/", "antipode://admin/x", "antipode://edge/a/b", "https://edge/a"])
    expect(parseNodeUri(bad)).toBeUndefined();
});
