/** The certificate of a listener: what is taken, what is not and why, and how it is renewed. */
import { mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeCertificate } from "../../../test/certificates.ts";
import { describeNeeding } from "../../../test/need.ts";
import { CertificateError, chainProblem, ServerCertificate } from "./server-certificate.ts";

const folder = mkdtempSync(join(tmpdir(), "antipode-certificate-"));
const file = (name: string) => join(folder, name);

describeNeeding(["openssl"], "a certificate", () => {
  beforeAll(() => {
    makeCertificate(folder, "a", "a.test");
    makeCertificate(folder, "b", "b.test");
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("a renewed certificate is used without a restart; one that cannot be used is told once, and changes nothing", () => {
    const files = { certFile: file("live.pem"), keyFile: file("live.key") };
    makeCertificate(folder, "live", "old.test");
    const certificate = new ServerCertificate(files, Date.now());
    const told: string[] = [];
    expect(certificate.covers("old.test")).toBe(true);
    writeFileSync(files.keyFile, readFileSync(file("a.key")));
    utimesSync(files.keyFile, 1, 1);
    for (let count = 0; count < 3; count += 1)
      expect(certificate.refresh(Date.now(), (line) => told.push(line))).toBe(false);
    expect(told).toEqual([expect.stringMatching(/live\.key is not the key of .*live\.pem.*stays in use$/)]);
    makeCertificate(folder, "live", "new.test");
    expect(certificate.refresh(Date.now(), (line) => told.push(line))).toBe(true);
    expect([certificate.covers("old.test"), certificate.covers("new.test")]).toEqual([false, true]);
    expect(told).toHaveLength(1);
  });

  test("a file that cannot even be looked at is told once, and what is in use stays", () => {
    const files = { certFile: file("looked.pem"), keyFile: file("looked.key") };
    makeCertificate(folder, "looked", "looked.test");
    const certificate = new ServerCertificate(files, Date.now());
    rmSync(files.certFile);
    symlinkSync(files.certFile, files.certFile);
    const told: string[] = [];
    for (let count = 0; count < 2; count += 1)
      expect(certificate.refresh(Date.now(), (line) => told.push(line))).toBe(false);
    expect(told).toEqual([expect.stringMatching(/looked\.pem cannot be read \(ELOOP\).*stays in use$/)]);
    expect(certificate.covers("looked.test")).toBe(true);
  });

  test.each<[string, () => void, RegExp]>([
    [
      "a file that is not there",
      () => new ServerCertificate({ certFile: file("none.pem"), keyFile: file("a.key") }, 0),
      /none\.pem cannot be read \(ENOENT\)/,
    ],
    [
      "a key in place of a certificate",
      () => new ServerCertificate({ certFile: file("a.key"), keyFile: file("a.key") }, 0),
      /a\.key is not a certificate in PEM/,
    ],
    [
      "a certificate in place of a key",
      () => new ServerCertificate({ certFile: file("a.pem"), keyFile: file("a.pem") }, 0),
      /a\.pem is not a private key in PEM/,
    ],
    [
      "the key of another",
      () => new ServerCertificate({ certFile: file("a.pem"), keyFile: file("b.key") }, Date.now()),
      /b\.key is not the key of .*a\.pem/,
    ],
    [
      "one that has expired",
      () => new ServerCertificate({ certFile: file("a.pem"), keyFile: file("a.key") }, Date.now() + 31 * 86_400_000),
      /has expired on/,
    ],
    [
      "one of the future",
      () => new ServerCertificate({ certFile: file("a.pem"), keyFile: file("a.key") }, 0),
      /is valid from .* look at the clock/,
    ],
  ])("%s is said in one line", (_, make, sentence) => {
    expect(make).toThrow(CertificateError);
    expect(make).toThrow(sentence);
    expect(chainProblem(file("a.pem"))).toBeUndefined();
  });
});
