/** `--tls-cert` and `--tls-key`: what a role secures its public listener with. */
import type { Settings } from "../core/config/settings.ts";
import type { TlsOptions } from "../runtime/node/tls/accept-tls.ts";
import { CertificateError, chainProblem, ServerCertificate } from "../runtime/node/tls/server-certificate.ts";
import { CommandFailure, UsageError } from "./args.ts";

/** The flags. */
export const TLS_FLAGS = {
  tlsCert: {
    kind: "string",
    placeholder: "FILE",
    help: "Serve HTTPS with this certificate (PEM, its intermediates after it), HTTP/2 and HTTP/1.1 on one port. Read again when it changes.",
  },
  tlsKey: { kind: "string", placeholder: "FILE", help: "The key of --tls-cert (PEM, not encrypted)." },
} as const;

/** A certificate that ends sooner than this is worth a word at the start. */
const SOON_MS = 14 * 86_400_000;

/** TLS of a role, to be spread over its options. What is wrong with the files is said in one line. */
export function tlsOf(
  {
    tlsCert: certFile,
    tlsKey: keyFile,
    proxyProtocol,
  }: { readonly tlsCert: string | undefined; readonly tlsKey: string | undefined; readonly proxyProtocol: boolean },
  settings: Settings,
): { readonly tls?: TlsOptions } {
  if (certFile === undefined && keyFile === undefined) return {};
  if (certFile === undefined || keyFile === undefined) {
    throw new UsageError("give both --tls-cert FILE and --tls-key FILE: one is of no use without the other");
  }
  if (proxyProtocol) {
    throw new UsageError(
      "--proxy-protocol does not go together with --tls-cert yet: let the proxy in front do TLS, or none",
    );
  }
  try {
    const certificate = new ServerCertificate({ certFile, keyFile }, Date.now());
    for (const warning of warnings(certFile, certificate)) tell(warning);
    return { tls: { certificate, handshakeTimeoutMs: settings.tlsHandshakeTimeoutMs, ...rest(settings), tell } };
  } catch (error) {
    throw error instanceof CertificateError ? new CommandFailure(error.message) : error;
  }
}

function rest(settings: Settings) {
  const { handshakesPerIpPerSecondMax, handshakesPerIpBurst } = settings;
  return { handshakesPerIpPerSecondMax, handshakesPerIpBurst, http2: settings };
}

function warnings(certFile: string, { endsAtMs }: ServerCertificate): readonly string[] {
  const chain = chainProblem(certFile);
  const days = Math.floor((endsAtMs - Date.now()) / 86_400_000);
  return [
    ...(chain === undefined ? [] : [chain]),
    ...(endsAtMs - Date.now() < SOON_MS ? [`${certFile} expires in ${days} days; renew it`] : []),
  ];
}

function tell(problem: string): void {
  process.stderr.write(`${problem}\n`);
}
