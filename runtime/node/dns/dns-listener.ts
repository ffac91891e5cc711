/** A name server's sockets: UDP and TCP on one address, and what a message costs when our own code fails. */
import type { AddressInfo } from "node:net";
import type { DnsMessage, DnsOutcome } from "../../../core/dns/dns-server.ts";
import { ListenError } from "../http1/listen-error.ts";
import type { HostPort } from "../listen-both.ts";
import { listenTcp, type TcpLimits } from "./tcp.ts";
import { listenUdp } from "./udp.ts";

/** What a name server listens with. */
export interface DnsListenOptions extends HostPort {
  readonly reusePort: boolean;
  readonly tcp: TcpLimits;
  /** Answers one message. What it throws is a bug of ours: it is told to `onError`, and the asker gets SERVFAIL. */
  answer(message: DnsMessage): DnsOutcome;
  onOutcome(outcome: Pick<DnsOutcome, "result" | "type">, transport: DnsMessage["transport"]): void;
  onError(error: unknown): void;
}

/** A running name server. */
export interface DnsListener {
  readonly address: HostPort;
  /** Connections over TCP that are open. */
  connections(): number;
  close(): Promise<void>;
}

/** Attempts to find a port that is free for UDP and TCP, when any port will do. */
const ATTEMPTS_MAX = 20;

/** Opens both sockets, on the same port. Rejects with a `ListenError`. */
export async function listenDns(options: DnsListenOptions): Promise<DnsListener> {
  const { host, port } = options;
  const answer = (message: DnsMessage): Uint8Array | undefined => answerSafely(options, message);
  for (let attempt = 1; ; attempt += 1) {
    const tcp = await listenTcp(options, answer).catch((error: NodeJS.ErrnoException) => {
      throw new ListenError({ host, port }, error);
    });
    const address: HostPort = { host, port: portOf(tcp.server.address()) };
    try {
      const udp = await listenUdp({ ...address, reusePort: options.reusePort }, answer);
      return {
        address,
        connections: () => tcp.connections(),
        close: async () => {
          await Promise.all([udp.close(), tcp.close()]);
        },
      };
    } catch (error) {
      await tcp.close();
      if (port !== 0 || attempt === ATTEMPTS_MAX) throw new ListenError(address, asErrno(error));
    }
  }
}

function answerSafely(options: DnsListenOptions, message: DnsMessage): Uint8Array | undefined {
  try {
    const outcome = options.answer(message);
    options.onOutcome(outcome, message.transport);
    return outcome.reply;
  } catch (error) {
    options.onError(error);
    options.onOutcome({ result: "servfail", type: "none" }, message.transport);
    return servFail(message.bytes);
  }
}

/** The id and operation of what came, with SERVFAIL; nothing when it is not even that long, or is an answer itself. */
function servFail(bytes: Uint8Array): Uint8Array | undefined {
  const [high = 0, low = 0, flags = 0x80] = bytes;
  if ((flags & 0x80) !== 0) return undefined;
  return Uint8Array.of(high, low, 0x80 | (flags & 0x78), 2, 0, 0, 0, 0, 0, 0, 0, 0);
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === "object" && address !== null ? address.port : 0;
}

function asErrno(error: unknown): NodeJS.ErrnoException {
  return error instanceof Error ? error : new Error(String(error));
}
