/** What is looked at before anything starts: the ports are free, the origin is there and is not ourselves. */
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { DEV_PORT_STEP, type DevPorts, HIGHEST_DEV_PORT } from "../../control/dev-ports.ts";

const CONNECT_TIMEOUT_MS = 3_000;

/** One port and what wants it. */
export interface WantedPort {
  readonly port: number;
  readonly for: string;
}

/** Every port that will be listened on. */
export function wantedPorts(
  ports: DevPorts,
  options: { readonly edgeIds: readonly string[]; readonly demoOrigin: "yes" | "no" },
): WantedPort[] {
  const edgePorts = options.edgeIds.flatMap((id, index) => [
    { port: ports.edges[index] ?? 0, for: `edge ${id}` },
    { port: ports.edgeAdmins[index] ?? 0, for: `the admin listener of edge ${id}` },
  ]);
  return [
    { port: ports.router, for: "the router" },
    { port: ports.control, for: "control" },
    ...(options.demoOrigin === "yes" ? [{ port: ports.demoOrigin, for: "the demo origin" }] : []),
    ...edgePorts,
    { port: ports.routerAdmin, for: "the admin listener of the router" },
  ];
}

/** One line for people when a port cannot be had, else undefined. */
export async function portProblem(wanted: readonly WantedPort[], base: number): Promise<string | undefined> {
  const findings = await Promise.all(wanted.map(async (want) => ({ want, problem: await tryPort(want.port, base) })));
  const bad = findings.filter((finding) => finding.problem !== undefined);
  const [first] = bad;
  if (first === undefined) return undefined;
  if (first.problem === "EACCES") {
    return `port ${first.want.port} (${first.want.for}) needs more rights than this user has; write --port 8080 or another above 1023`;
  }
  const list = bad.map(({ want }) => `${want.port} (${want.for})`).join(", ");
  const other = base + DEV_PORT_STEP <= HIGHEST_DEV_PORT ? base + DEV_PORT_STEP : base - DEV_PORT_STEP;
  const [noun, verb] = bad.length === 1 ? ["port", "is"] : ["ports", "are"];
  return `${noun} ${list} ${verb} taken; stop what uses ${bad.length === 1 ? "it" : "them"}, or move this CDN: antipode dev --port ${other}`;
}

/** The error code of listening there. What a browser opens as "localhost" must be free on IPv6 too. */
async function tryPort(port: number, base: number): Promise<string | undefined> {
  const opened = port === base || port === base + 1;
  const hosts = opened ? ["127.0.0.1", "::1"] : ["127.0.0.1"];
  for (const host of hosts) {
    const server = createServer();
    try {
      server.listen({ port, host, exclusive: true });
      await once(server, "listening");
    } catch (error) {
      const code = codeOf(error);
      if (host === "127.0.0.1" || code === "EADDRINUSE") return code;
    } finally {
      await new Promise<void>((resolve) => server.close(() => resolve()));
    }
  }
  return undefined;
}

/** What is wrong with an origin's URL: `usage` before looking, `failure` after. */
export type OriginProblem = { readonly kind: "usage" | "failure"; readonly message: string };

/** The problem of standing in front of `origin`, or undefined when it can be done. */
export async function originProblem(origin: URL, ownPorts: readonly WantedPort[]): Promise<OriginProblem | undefined> {
  if (origin.pathname !== "/" || origin.search !== "" || origin.hash !== "") {
    return {
      kind: "usage",
      message: `--origin names a server, not a page; write --origin ${origin.origin}`,
    };
  }
  const port = portOf(origin);
  const own = ownPorts.find((want) => want.port === port);
  if (own !== undefined && isThisMachine(origin)) {
    return {
      kind: "usage",
      message: `--origin ${origin.origin} is ${own.for} of this CDN itself, which would ask itself for ever; name your own server, or move the CDN with --port`,
    };
  }
  const code = await tryConnect(origin.hostname, port);
  return code === undefined ? undefined : { kind: "failure", message: connectText(origin, code) };
}

function isThisMachine({ hostname }: URL): boolean {
  return /^(?:localhost|.+\.localhost|127(?:\.\d{1,3}){3}|0\.0\.0\.0|\[::1?\])$/i.test(hostname);
}

function portOf(url: URL): number {
  if (url.port !== "") return Number(url.port);
  return url.protocol === "https:" ? 443 : 80;
}

async function tryConnect(hostname: string, port: number): Promise<string | undefined> {
  const socket = connect({ host: hostname.replace(/^\[|\]$/g, ""), port });
  try {
    await once(socket, "connect", { signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS) });
    return undefined;
  } catch (error) {
    return codeOf(error);
  } finally {
    socket.destroy();
  }
}

function connectText(origin: URL, code: string): string {
  switch (code) {
    case "ECONNREFUSED":
      return `nothing listens at ${origin.origin}; start your server first, or check the port`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `the name ${origin.hostname} does not resolve; check how it is written`;
    case "ABORT_ERR":
      return `${origin.origin} did not accept a connection within ${CONNECT_TIMEOUT_MS / 1000} s; check the address and the firewall`;
    default:
      return `${origin.origin} cannot be reached (${code}); check the address`;
  }
}

/** The code of a system error; of several attempts (IPv4 and IPv6) the first one's. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
