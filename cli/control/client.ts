/** How commands ask control: the flags, the token, and answers or one sentence why there is none. */
import type { Problem } from "../../core/config/problems.ts";
import { isMembers, type Members, textMember } from "../../core/ledger/read-json.ts";
import { askControl } from "../../runtime/node/control-link.ts";
import { type ControlTrust, controlSender } from "../../runtime/node/control-request.ts";
import { CommandFailure, UsageError } from "../args.ts";
import { problemsText } from "../problem-text.ts";
import { secretOf } from "../secret-of.ts";
import { paintFor } from "../text.ts";

const TIMEOUT_MS = 10_000;

/** Flags of every command that asks control. */
export const CONTROL_FLAGS = {
  control: {
    kind: "url",
    default: "http://127.0.0.1:8081",
    env: "ANTIPODE_CONTROL",
    help: "Control's address; with #FINGERPRINT, as control prints it, its key is checked.",
  },
  token: {
    kind: "string",
    placeholder: "TOKEN",
    env: "ANTIPODE_TOKEN",
    help: "The token, or a file that holds it; better set in the environment.",
  },
} as const;

/** The values of the flags. */
export interface ControlFlags {
  readonly control: URL;
  readonly token: string | undefined;
}

/** An answer that control gave. */
export interface Answered {
  readonly status: number;
  readonly json: Members;
}

/** What to ask. */
export interface Question {
  readonly method?: "GET" | "PUT" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks control. Throws a CommandFailure when control cannot be reached. */
export type AskControl = (question: Question) => Promise<Answered>;

/** The client of the flags. */
export function controlClient({ control, token }: ControlFlags): AskControl {
  const fingerprint = control.hash.slice(1).toLowerCase();
  if (fingerprint !== "" && !/^[0-9a-f]{64}$/.test(fingerprint))
    throw new UsageError(
      "what follows # in the address of control must be the 64 hexadecimal digits that control prints",
    );
  const trust: ControlTrust = fingerprint === "" ? { kind: "system" } : { kind: "key", fingerprint };
  const send = controlSender(trust);
  const secret = token === undefined ? undefined : secretOf(token, "admin.token");
  return async ({ method = "GET", path, body, headers = {} }) => {
    const ask = { method, path, body, headers, token: secret, timeoutMs: TIMEOUT_MS };
    const answer = await askControl(send, control.origin, ask);
    if (answer.kind === "answer") return { status: answer.status, json: isMembers(answer.json) ? answer.json : {} };
    throw new CommandFailure(
      `cannot reach control at ${control.origin}: ${answer.detail}; say where it is with --control or ANTIPODE_CONTROL`,
    );
  };
}

/** The answer, if it is a good one; a CommandFailure with what control says otherwise. */
export async function asked(ask: AskControl, question: Question): Promise<Members> {
  const { status, json } = await ask(question);
  if (status >= 200 && status < 300) return json;
  throw new CommandFailure(refusalText(question.path, status, json));
}

/** What control said against it, for people. */
export function refusalText(what: string, status: number, json: Members): string {
  const problems = Array.isArray(json.problems) ? json.problems.filter(isProblem) : [];
  if (problems.length > 1) return problemsText(what, problems, paintFor(process.stderr)).trimEnd();
  const title = textMember(json, "title");
  const detail = textMember(json, "detail") ?? "it gave no reason";
  const [only] = problems;
  const hint = only?.hint === undefined ? "" : `; ${only.hint}`;
  return `${title ?? "control refuses"} (${status}): ${detail}${hint}`;
}

function isProblem(value: unknown): value is Problem {
  return isMembers(value) && typeof value.path === "string" && typeof value.message === "string";
}

/** Objects of a list in an answer. */
export function listOf(json: Members, name: string): readonly Members[] {
  const list = json[name];
  return Array.isArray(list) ? list.filter(isMembers) : [];
}

/** Prints a result: JSON for machines, text for people. */
export function print(json: boolean, value: object, text: () => string): void {
  process.stdout.write(json ? `${JSON.stringify(value)}\n` : text());
}

/** A moment for people: to the second, in UTC. */
export function moment(atMs: unknown): string {
  return typeof atMs === "number"
    ? new Date(atMs)
        .toISOString()
        .replace("T", " ")
        .replace(/\.\d+Z/, "Z")
    : "-";
}

/** Rows in columns as wide as they need, the first row bold. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const paint = paintFor(process.stdout);
  return rows
    .map((row, index) => {
      const line = row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd();
      return `${index === 0 ? paint("bold", line) : line}\n`;
    })
    .join("");
}
