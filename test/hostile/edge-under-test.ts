/** A real edge in front of an origin that writes down every byte, for tests with hostile clients. */
import { connect, createServer, type Server, type Socket } from "node:net";
import { defaultSettings } from "../../core/config/settings.ts";
import type { RequestRecord } from "../../core/record.ts";
import { type RunningEdge, startEdge } from "../../edge/node.ts";
import { singleSite } from "../../edge/single-site.ts";
import { poolLimits } from "../../origin/pool-limits.ts";
import type { ListenerLimits } from "../../runtime/node/http1/listener-options.ts";
import { NodeUpstream } from "../../runtime/node/upstream.ts";

/** What an origin hears. */
export interface RecordingOrigin {
  readonly port: number;
  /** Connections since the beginning. */
  connections: number;
  /** Everything received on all of them, in order of arrival. */
  received: string;
  close(): Promise<void>;
}

/** An origin that answers what `answer` makes of the bytes so far; undefined: not yet. */
export async function recordingOrigin(answer: (received: string) => string | undefined): Promise<RecordingOrigin> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    origin.connections += 1;
    sockets.add(socket);
    let received = "";
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
      origin.received += chunk.toString("latin1");
      const text = answer(received);
      if (text === undefined) return;
      received = "";
      socket.write(text, "latin1");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const origin: RecordingOrigin = {
    port: address !== null && typeof address === "object" ? address.port : 0,
    connections: 0,
    received: "",
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return origin;
}

/** Answers whole requests, with or without chunks, each with the number of its bytes. */
export function plainAnswer(received: string): string | undefined {
  const headEnd = received.indexOf("\r\n\r\n");
  if (headEnd === -1) return undefined;
  const head = received.slice(0, headEnd).toLowerCase();
  const body = received.slice(headEnd + 4);
  const length = /\r\ncontent-length: (\d+)/.exec(head)?.[1];
  if (length !== undefined && body.length < Number(length)) return undefined;
  if (head.includes("\r\ntransfer-encoding: chunked") && !body.endsWith("0\r\n\r\n")) return undefined;
  return "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 6\r\n\r\norigin";
}

/** An edge, its origin and its records. */
export interface EdgeUnderTest {
  readonly edge: RunningEdge;
  readonly origin: RecordingOrigin;
  readonly records: RequestRecord[];
  readonly errors: unknown[];
  close(): Promise<void>;
}

/** Starts both on free ports. */
export async function edgeUnderTest(
  answer: (received: string) => string | undefined = plainAnswer,
  options: { readonly limits?: Partial<ListenerLimits>; readonly onRecord?: (record: RequestRecord) => void } = {},
): Promise<EdgeUnderTest> {
  const origin = await recordingOrigin(answer);
  const { port } = origin;
  const under = await edgeBefore(port, options);
  const close = async (): Promise<void> => {
    await under.close();
    await origin.close();
  };
  return { ...under, origin, close };
}

/** The same before an origin that is there already; `close` leaves that one alone. */
export async function edgeBefore(
  originPort: number,
  options: {
    readonly limits?: Partial<ListenerLimits>;
    readonly onRecord?: (record: RequestRecord) => void;
    readonly profile?: "safe" | "rfc9111";
  },
): Promise<Omit<EdgeUnderTest, "origin">> {
  const { profile = "safe" } = options;
  const made = singleSite({ originUrl: `http://127.0.0.1:${originPort}`, profile, appliedAtMs: 0 });
  if (!("site" in made)) throw new Error("the site does not compile");
  const records: RequestRecord[] = [];
  const errors: unknown[] = [];
  const upstream = new NodeUpstream();
  const edge = await startEdge({
    id: "edge",
    version: "test",
    listen: { host: "127.0.0.1", port: 0 },
    admin: undefined,
    memoryBytes: 16_000_000,
    limits: defaultSettings,
    hitForPassKeysMax: 1_000,
    upstream,
    poolLimits: poolLimits(defaultSettings),
    trustedProxies: [],
    findSite: () => made.site,
    onRecord: options.onRecord ?? ((record) => records.push(record)),
    listenerLimits: options.limits ?? {},
    onError: (error) => errors.push(error),
  });
  return {
    edge,
    records,
    errors,
    close: async () => {
      await edge.drain(0);
      await upstream.destroy();
    },
  };
}

/** Sends bytes and resolves with everything received when the edge closes the connection. */
export function exchange(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let received = "";
    const late = setTimeout(() => socket.destroy(new Error(`not closed; received ${received}`)), 5_000);
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
    });
    socket.on("error", reject);
    socket.on("close", () => {
      clearTimeout(late);
      resolve(received);
    });
    socket.write(bytes, "latin1");
  });
}
