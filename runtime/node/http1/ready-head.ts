/** Heads for which a role may have an answer ready, and how such answers are written (core/ready-port.ts, `ReadyRole`). */
import type { ResponseHead } from "../../../core/http/fields.ts";
import { guardHead, isGoodTarget } from "../../../core/http/guard.ts";
import type { GuardedFields } from "../../../core/http/guard-fields.ts";
import type { ReadyClient } from "../../../core/ready-port.ts";
import type { ByteBody } from "../../memory/bodies.ts";
import { WHOLE_BODY_BYTES } from "./listener-options.ts";
import type { ListenerGuard } from "./parse-head.ts";
import { responseHead } from "./response-head.ts";

/** A head that asks for a target with fields that have been judged before. */
export interface ReadyHead {
  readonly client: ReadyClient<ByteBody>;
  readonly fields: GuardedFields;
  readonly target: string;
  readonly authority: string;
}

/** What is remembered of a block of fields. */
export interface ReadyKnown {
  readonly client: ReadyClient<ByteBody>;
  readonly authority: string;
}

const GET = "GET ";
const VERSION = " HTTP/1.1";

/** Undefined: it goes the usual way. */
export function readyHead(line: string, block: string, guard: ListenerGuard): ReadyHead | undefined {
  if (guard.ready === undefined || !line.startsWith(GET) || !line.endsWith(VERSION)) return undefined;
  const remembered = guard.memory.find(block);
  if (remembered === undefined) return undefined;
  if (remembered.ready === "not asked") remembered.ready = knownOf(remembered.judged, guard);
  const known = remembered.ready;
  if (known === undefined) return undefined;
  if (line.length + "\r\n".length + remembered.judged.bytes > guard.limits.headBytes) return undefined;
  const target = line.slice(GET.length, -VERSION.length);
  // A site may have dropped what is wrong with it by the time it is a key.
  if (!isGoodTarget({ method: "GET", target, httpVersion: "1.1" }, guard)) return undefined;
  return { client: known.client, authority: known.authority, fields: remembered.judged, target };
}

/** Only of requests that have no body, keep the connection and ask for nothing that concerns it. */
function knownOf(fields: GuardedFields, guard: ListenerGuard): ReadyKnown | undefined {
  const { lengths, codings, expectations, upgrade, persistence } = fields;
  if (lengths.length > 0 || codings.length > 0 || expectations.length > 0 || upgrade || persistence === "close") {
    return undefined;
  }
  const verdict = guardHead({ method: "GET", target: "/", httpVersion: "1.1" }, fields, guard);
  if (verdict.kind === "refused") return undefined;
  const { authority } = verdict.head;
  const client = guard.ready?.clientOf(guard.scheme, authority, fields.fields);
  return client && { client, authority };
}

/** The head of an answer that leaves in one piece on a connection that stays; undefined when it may not. */
export function readyText(head: ResponseHead, body: ByteBody, nowMs: number): string | undefined {
  if (!(body instanceof Uint8Array) || body.byteLength > WHOLE_BODY_BYTES) return undefined;
  try {
    return responseHead(head, { body: body.byteLength, connection: "default" }, nowMs);
  } catch {
    // The usual way fails as well, and says so.
    return undefined;
  }
}
