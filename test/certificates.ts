/** Certificates for tests: made by openssl, signed by themselves. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** Writes `NAME.pem` and `NAME.key` for a host, good for thirty days. */
export function makeCertificate(folder: string, name: string, host: string): void {
  const subject = ["-subj", `/CN=${host}`, "-addext", `subjectAltName=DNS:${host}`];
  const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
  const made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", cert];
  execFileSync("openssl", ["req", "-x509", ...made, "-days", "30", ...subject], { stdio: "ignore" });
}
