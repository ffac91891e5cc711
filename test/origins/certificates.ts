/** A certificate authority of a test's own, and what it signs, made by openssl. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Files of a certificate and its key. */
export interface Signed {
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** An authority. */
export interface Authority {
  readonly folder: string;
  readonly file: string;
  /** PEM. */
  readonly certificate: string;
  /** A certificate for a name (of a server or of a client), good for so many days. */
  sign(name: string, options?: { readonly validity?: "now" | "past"; readonly as?: string }): Signed;
  remove(): void;
}

/** Makes one in a folder of its own. */
export function authority(commonName = "Test authority"): Authority {
  const folder = mkdtempSync(join(tmpdir(), "antipode-ca-"));
  const at = (name: string): string => join(folder, name);
  const openssl = (...words: string[]) => execFileSync("openssl", words, { stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl(
    "req",
    "-x509",
    ...key,
    "-keyout",
    at("ca.key"),
    "-out",
    at("ca.pem"),
    "-days",
    "30",
    "-subj",
    `/CN=${commonName}`,
  );
  return {
    folder,
    file: at("ca.pem"),
    certificate: readFileSync(at("ca.pem"), "utf8"),
    sign: (name, { validity = "now", as = name } = {}) => {
      openssl("req", "-new", ...key, "-keyout", at(`${as}.key`), "-out", at(`${as}.csr`), "-subj", `/CN=${name}`);
      writeFileSync(at(`${as}.ext`), `subjectAltName=DNS:${name}\n`);
      const from = ["-in", at(`${as}.csr`), "-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial"];
      if (validity === "now")
        openssl("x509", "-req", ...from, "-out", at(`${as}.pem`), "-days", "10", "-extfile", at(`${as}.ext`));
      else expired(openssl, at, as);
      return { certificateFile: at(`${as}.pem`), keyFile: at(`${as}.key`) };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** `openssl x509` of Debian 12 knows no dates in the past; `openssl ca` does. */
function expired(openssl: (...words: string[]) => unknown, at: (name: string) => string, as: string): void {
  writeFileSync(at("index.txt"), "");
  writeFileSync(at("serial"), "7001\n");
  const policy = "[ca]\ndefault_ca=c\n[c]\npolicy=p\nunique_subject=no\n[p]\ncommonName=supplied\n";
  const files = `database=${at("index.txt")}\nserial=${at("serial")}\nnew_certs_dir=${at(".")}\ndefault_md=sha256\n`;
  writeFileSync(at("ca.conf"), policy.replace("[p]", `${files}[p]`));
  const dates = ["-startdate", "20200101000000Z", "-enddate", "20200201000000Z"];
  const who = ["-cert", at("ca.pem"), "-keyfile", at("ca.key"), "-in", at(`${as}.csr`), "-out", at(`${as}.pem`)];
  openssl("ca", "-batch", "-notext", "-config", at("ca.conf"), ...dates, ...who, "-extfile", at(`${as}.ext`));
}
