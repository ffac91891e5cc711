/** What runs in `antipode dev`: each program with its command line, and how people find it. */
import { join } from "node:path";
import { DEV_PLACES } from "../../control/dev-config.ts";
import type { DevPorts } from "../../control/dev-ports.ts";
import type { HostPort } from "../../runtime/node/listen-both.ts";
import type { ChildPlan } from "./supervisor.ts";

/** A program, and what the table says about it. */
export interface DevProgram extends ChildPlan {
  readonly url: string;
  readonly note: string;
}

/** What the plan depends on. */
export interface PlanOptions {
  readonly ports: DevPorts;
  readonly configFile: string;
  /** Where the programs keep what is theirs. */
  readonly folder: string;
  /** The file that lets nodes join. */
  readonly joinTokenFile: string;
  /** Absent: the demo origin is one of the programs. */
  readonly originUrl: string | undefined;
  /** The sites come from a file of the user's, and so do their origins. */
  readonly sitesFile: string | undefined;
  readonly wan: "on" | "off";
  /** Where the router answers as a name server. */
  readonly dns?: HostPort | undefined;
}

const ROOT = join(import.meta.dirname, "..", "..");
const MAIN = join(ROOT, "cli", "main.ts");
const DEMO_ORIGIN = join(ROOT, "origin", "demo", "server.ts");

/** In the order of the table. */
export function devPrograms(options: PlanOptions): DevProgram[] {
  const { ports, configFile } = options;
  const wan = options.wan === "on" ? ["--wan"] : [];
  const shared = ["--config", configFile];
  const member = (id: string) => [
    ...["--control", `http://127.0.0.1:${ports.control}`, "--join", options.joinTokenFile],
    ...["--id", id, "--data", join(options.folder, id)],
  ];
  return [
    {
      name: "router",
      url: `http://localhost:${ports.router}`,
      note: "sends each client to the nearest edge",
      // It would take edges that do not listen yet for dead, and send its first clients elsewhere.
      afterOthers: true,
      args: [
        MAIN,
        "router",
        ...shared,
        ...member("router"),
        "--http",
        at(ports.router),
        "--admin",
        at(ports.routerAdmin),
        ...(options.dns === undefined ? [] : ["--dns", authorityOf(options.dns)]),
        ...LOGGED,
        ...TRUST,
        ...wan,
      ],
    },
    ...DEV_PLACES.map((place, index) => ({
      name: place.id,
      url: `http://127.0.0.1:${ports.edges[index]}`,
      note: place.place,
      args: [
        ...[MAIN, "edge", ...shared, ...member(place.id), "--listen", at(ports.edges[index])],
        ...["--at", place.at.join(","), "--region", place.region],
        ...["--admin", at(ports.edgeAdmins[index]), ...LOGGED, ...wan],
      ],
    })),
    {
      name: "control",
      url: `http://localhost:${ports.control}`,
      note: "the ledger, its API, a status page",
      args: [MAIN, "control", ...shared, "--data", join(options.folder, "control"), "--listen", at(ports.control)],
    },
    ...demoOrigin(options),
  ];
}

/** In `dev` alone, this machine is a trusted proxy: X-Forwarded-For says where a client is. */
const TRUST = ["--trust-proxy", "127.0.0.0/8", "--trust-proxy", "::1/128"];
const LOGGED = ["--access-log", "json", "--log-address", "full"];

function demoOrigin(options: PlanOptions): DevProgram[] {
  if (options.originUrl !== undefined || options.sitesFile !== undefined) return [];
  const port = options.ports.demoOrigin;
  return [
    { name: "origin", url: `http://127.0.0.1:${port}`, note: "demo site", args: [DEMO_ORIGIN, "--listen", at(port)] },
  ];
}

/** As it is written on a command line. */
export function authorityOf({ host, port }: HostPort): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function at(port: number | undefined): string {
  return `127.0.0.1:${port}`;
}
