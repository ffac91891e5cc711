/** Errors of the API as problem+json (RFC 9457): what is wrong with which value, and what to do. */
import type { Problem } from "../core/config/problems.ts";

/** A refusal of a request. */
export interface ApiProblem {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  /** What is wrong in the body, each with its place. */
  readonly problems?: readonly Problem[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** The response of a refusal. */
export function problemResponse({ headers, ...problem }: ApiProblem): Response {
  return new Response(`${JSON.stringify({ type: "about:blank", ...problem })}\n`, {
    status: problem.status,
    headers: { "Content-Type": "application/problem+json", ...headers },
  });
}

/** The body is not what it should be. */
export function badRequest(path: string, message: string, hint?: string): ApiProblem {
  const problem = { path, message, ...(hint !== undefined && { hint }) };
  return {
    status: 400,
    title: "The request is not good",
    detail: `${path === "" ? "" : `${path}: `}${message}`,
    problems: [problem],
  };
}

/** What is named is not there. */
export function notFound(what: string, hint?: string): ApiProblem {
  return { status: 404, title: "Not found", detail: `${what} does not exist${hint === undefined ? "" : `; ${hint}`}` };
}

/** No site, node or token of this name is there. */
export function noSuch(kind: "site" | "node" | "token", name: string): ApiProblem {
  return notFound(`the ${kind} ${name}`, `antipode ${kind}s list shows those there are`);
}
