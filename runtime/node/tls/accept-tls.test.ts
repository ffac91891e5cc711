/** Handshakes at the door: how many of one address. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { expect, test } from "vitest";
import { makeCertificate } from "../../../test/certificates.ts";
import { describeNeeding } from "../../../test/need.ts";
import { HTTP2 } from "../http2/http2-harness.ts";
import { createTlsServer } from "./accept-tls.ts";
import { ServerCertificate } from "./server-certificate.ts";

describeNeeding(["openssl"], "handshakes", () => {
  test("an address beyond its handshakes is cut at the door; others, and loopback, which is ourselves, are not", () => {
    const folder = mkdtempSync(join(tmpdir(), "antipode-handshakes-"));
    makeCertificate(folder, "a", "a.test");
    const files = { certFile: join(folder, "a.pem"), keyFile: join(folder, "a.key") };
    const certificate = new ServerCertificate(files, Date.now());
    rmSync(folder, { recursive: true });
    const rates = { handshakesPerIpPerSecondMax: 1, handshakesPerIpBurst: 1 };
    const server = createTlsServer(
      { certificate, handshakeTimeoutMs: 5_000, ...rates, http2: HTTP2, tell: () => {} },
      [],
    );
    const sockets = ["203.0.113.9", "203.0.113.9", "203.0.113.10", "127.0.0.1", "127.0.0.1"].map((remoteAddress) => {
      const silent = new Duplex({ read: () => {}, write: (_bytes, _encoding, done) => done() });
      const socket = Object.assign(silent, { remoteAddress }).on("error", () => {});
      server.emit("connection", socket);
      return socket;
    });
    expect(sockets.map(({ destroyed }) => destroyed)).toEqual([false, true, false, false, false]);
    for (const socket of sockets) socket.destroy();
    server.emit("close");
  });
});
