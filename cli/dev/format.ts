/** The texts of `antipode dev` on a terminal; pure, so that they can be tested. */
import type { HostPort } from "../../runtime/node/listen-both.ts";
import type { Paint, Style } from "../text.ts";
import type { Omitted } from "./line-budget.ts";
import type { RequestLine } from "./request-lines.ts";
import { endText } from "./supervised-child.ts";
import type { SupervisorEvent } from "./supervisor.ts";

/** What the first screen tells. */
export interface Welcome {
  readonly programs: readonly {
    readonly name: string;
    readonly url: string;
    readonly note: string;
    readonly pid: number;
  }[];
  /** What the CDN stands in front of, when it is not the demo site. */
  readonly inFrontOf: string | undefined;
  readonly siteUrl: string;
  readonly statusUrl: string;
  readonly routerAuthority: string;
  readonly clients: readonly { readonly place: string; readonly address: string }[];
  readonly wan: "on" | "off";
  /** Where the router answers as a name server. */
  readonly dns: HostPort | undefined;
  /** For commands that ask control. */
  readonly controlUrl: string;
  readonly adminTokenFile: string;
  /** Where the program is: in a clone it is not on PATH. */
  readonly programFile: string;
}

/** How the terminal is. */
export interface TerminalShape {
  readonly columns: number;
  readonly paint: Paint;
}

const COLUMNS_MIN = 60;
const COLUMNS_MAX = 120;

/** What runs where, what to open, what to try. */
export function welcomeText(welcome: Welcome, { paint }: TerminalShape): string {
  const title = welcome.inFrontOf === undefined ? "the demo site" : welcome.inFrontOf;
  const rows = welcome.programs.map((program) =>
    `  ${titleOf(program.name).padEnd(10)}${program.url.padEnd(25)}${`pid ${program.pid}`.padEnd(14)}${paint("dim", program.note)}`.trimEnd(),
  );
  const wan = welcome.wan === "on" ? ["", "  Real-world delays are added between the places (--wan)."] : [];
  const victim = welcome.programs.find((program) => titleOf(program.name) !== program.name);
  return [
    "",
    `${paint("bold", "Antipode")} in front of ${title}. Ctrl-C ends it.`,
    "",
    ...rows,
    ...wan,
    "",
    `  ${paint("bold", "Open")}  ${welcome.siteUrl}  (the site)    ${welcome.statusUrl}  (status)`,
    "",
    `  ${paint("bold", "Try")}   each twice: the second answer is a hit, each from another edge`,
    ...tryLines(welcome, paint),
    "",
    `        end an edge and reload; it comes back by itself: ${paint("cyan", `kill -9 ${victim?.pid ?? "PID"}`)}`,
    ...dnsLines(welcome, paint),
    "",
    `        purge, look at sites, nodes and who wrote what (in another terminal):`,
    `    ${paint("cyan", `alias antipode=${welcome.programFile}`)}`,
    `    ${paint("cyan", `export ANTIPODE_CONTROL=${welcome.controlUrl}`)}`,
    `    ${paint("cyan", `export ANTIPODE_TOKEN=${welcome.adminTokenFile}`)}`,
    `    ${paint("cyan", "antipode purge --all; antipode sites list; antipode nodes list; antipode ledger")}`,
    "",
    paint("dim", `  Requests: time, edge, method, path, status, outcome, time taken`),
    "",
  ].join("\n");
}

/** Which edge DNS sends each place to, and how to open the site there. */
function dnsLines({ dns, clients, siteUrl }: Welcome, paint: Paint): string[] {
  if (dns === undefined) return [];
  const ask = (address: string) => `dig +short @${dns.host} -p ${dns.port} www.localhost +subnet=${address}/24`;
  const { port } = new URL(siteUrl);
  return [
    "",
    "        ask by DNS where each place is sent, and open the site there:",
    ...clients.map(({ place, address }) => `    ${paint("cyan", ask(address))}  ${paint("dim", place)}`),
    `    ${paint("cyan", `curl -sD- -o/dev/null --resolve www.localhost:${port}:127.0.1.3 www.localhost:${port}|grep -i ^cache-`)}`,
  ];
}

function tryLines({ clients, routerAuthority }: Welcome, paint: Paint): string[] {
  const commands = clients.map(
    ({ address }) => `curl -sD- -o/dev/null -HX-Forwarded-For:${address} ${routerAuthority}|grep -i ^cache-`,
  );
  const widest = Math.max(...commands.map((command) => command.length));
  return clients.map(({ place }, index) => {
    const command = commands[index] ?? "";
    return `    ${paint("cyan", command)}${" ".repeat(widest - command.length)}  ${paint("dim", place)}`;
  });
}

/** One request. */
export function requestText(line: RequestLine, shape: TerminalShape): string {
  const { paint } = shape;
  const columns = Math.max(COLUMNS_MIN, Math.min(COLUMNS_MAX, shape.columns));
  const head = `${timeText(line.atMs)} ${line.node.padEnd(6)} ${printable(line.method).slice(0, 7).padEnd(4)} `;
  const tail = ` ${line.status}  ${line.outcome.padEnd(17)} ${durationText(line.totalMs).padStart(8)}`;
  const room = Math.max(8, columns - head.length - tail.length);
  const path = shorten(printable(line.target), room).padEnd(room);
  return `${head}${path} ${paint(statusStyle(line.status), String(line.status))}  ${paint(outcomeStyle(line), line.outcome.padEnd(17))} ${paint("dim", durationText(line.totalMs).padStart(8))}`;
}

/** What the budget left out. */
export function omittedText(omitted: Omitted): string {
  const parts = omitted.outcomes.slice(0, 4).map(([outcome, count]) => `${count} ${outcome}`);
  const more = omitted.outcomes.length > 4 ? ", …" : "";
  return `         … and ${omitted.count} more: ${parts.join(", ")}${more}`;
}

/** `edge nyc` for `nyc`; the others are called what they are. */
export function titleOf(name: string): string {
  return name === "router" || name === "control" || name === "origin" ? name : `edge ${name}`;
}

/** What happened to a program; undefined for what is not news. */
export function eventText(event: SupervisorEvent, paint: Paint): string | undefined {
  const title = titleOf(event.name);
  switch (event.kind) {
    case "died":
      return paint("yellow", `${title} (pid ${event.pid}) ${endText(event.end)}; restart in ${event.restartInMs} ms`);
    case "restarted":
      return paint("green", `${title} is back (pid ${event.pid})`);
    case "given-up":
      return paint(
        "red",
        `${title} died ${event.deaths} times in a row and is left alone; end this, look at its lines above, start again`,
      );
    case "error-output":
      return `${title}: ${printable(event.line)}`;
    case "output":
      return undefined;
  }
}

/** Control characters do not reach the terminal: paths come from strangers. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "?");
}

function shorten(text: string, columns: number): string {
  if (text.length <= columns) return text;
  const tail = Math.floor((columns - 1) / 3);
  return `${text.slice(0, columns - 1 - tail)}…${text.slice(text.length - tail)}`;
}

function timeText(atMs: number): string {
  const at = new Date(atMs);
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}

/** Milliseconds for people: `0.4 ms`, `12 ms`, `2.0 s`. */
export function durationText(durationMs: number): string {
  if (durationMs >= 1_000) return `${(durationMs / 1_000).toFixed(1)} s`;
  return `${durationMs < 1 ? durationMs.toFixed(1) : Math.round(durationMs)} ms`;
}

function statusStyle(status: number): Style {
  if (status >= 500) return "red";
  return status >= 400 ? "yellow" : "green";
}

function outcomeStyle(line: RequestLine): Style {
  if (line.status >= 500) return "red";
  return line.outcome.startsWith("hit") && line.outcome !== "hit-for-pass" ? "green" : "cyan";
}
