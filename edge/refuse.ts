/** Error answers of our own: static pages that reflect nothing of the request, never cached (FAULTS C27). */
import type { Outcome } from "../core/cache/outcome.ts";
import type { FieldLine } from "../core/http/fields.ts";
import type { Incoming, Reply } from "../core/ports.ts";
import type { Edge } from "./edge.ts";
import { type Exchange, reply } from "./exchange.ts";

const REASON_PHRASES: Readonly<Record<number, string>> = {
  400: "Bad request",
  404: "Not found",
  405: "Method not allowed",
  421: "No such site here",
  500: "Something went wrong",
  502: "The origin cannot be reached",
  503: "Busy, try again",
  504: "The origin does not answer",
  508: "Request loop",
};

/** What a person who sees the page can do. */
const ADVICE: Readonly<Record<number, string>> = {
  421: "This host name is not configured on this edge.",
  502: "The server behind this site could not be reached. Please try again in a moment.",
  504: "The server behind this site took too long to answer. Please try again in a moment.",
  508: "The request came back to a server that had already forwarded it.",
};

/** The page of a status. */
export function errorPage(status: number): string {
  const title = `${status} ${REASON_PHRASES[status] ?? "Error"}`;
  const advice = ADVICE[status] ?? "";
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:20vh auto;padding:0 1rem}</style>
<h1>${title}</h1><p>${advice}</p></html>
`;
}

/** An error answer, when no site is known yet. */
export function refuse<B>(
  edge: Edge<B>,
  incoming: Incoming<B>,
  refusal: {
    readonly status: number;
    readonly outcome: Outcome;
    readonly site?: string;
    readonly clientAddress?: string;
    readonly forward?: "miss";
  },
): Reply<B> {
  const page = errorPage(refusal.status);
  const fields: FieldLine[] = [
    ["content-type", "text/html; charset=utf-8"],
    ["content-length", `${page.length}`],
    ["cache-control", "no-store"],
    ["content-security-policy", "default-src 'none'; style-src 'unsafe-inline'"],
  ];
  const body = incoming.head.method === "HEAD" ? undefined : edge.bodies.fromText(page);
  const answer = { status: refusal.status, fields, body };
  const clientAddress = refusal.clientAddress ?? incoming.peerAddress;
  return reply(edge, incoming, refusal.site, clientAddress, answer, {
    outcome: refusal.outcome,
    forward: refusal.forward ?? "bypass",
  });
}

/** An error answer within a site. */
export function refuseExchange<B>(exchange: Exchange<B>, status: number, outcome: Outcome): Reply<B> {
  const { edge, incoming, site, clientAddress } = exchange;
  return refuse(edge, incoming, { status, outcome, site: site.name, clientAddress, forward: "miss" });
}
