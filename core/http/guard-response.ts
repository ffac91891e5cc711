/** What an origin's head must be before it may be relayed or stored (FAULTS 2.B). The parser in front is the runtime's. */
import { type Fields, fieldValues } from "./fields.ts";

/** Limits of a response's head. */
export const RESPONSE_LIMITS = { headBytes: 16_384, fields: 100, interimResponses: 20 } as const;

/** Each of them may be set. */
export type ResponseLimits = { readonly [Name in keyof typeof RESPONSE_LIMITS]: number };

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const VALUE_FORBIDDEN = /[^\t\x20-\x7e\x80-\xff]/;

/** How the body of an accepted response ends. */
export interface ResponseFraming {
  readonly kind: "framing";
  readonly hasBody: boolean;
  /** No length and no chunks: the body ends with the connection (FAULTS R04). */
  readonly closeDelimited: boolean;
  readonly bodyBytes: number | undefined;
}

/** A response that may not be used, and why. */
export interface Malformed {
  readonly kind: "malformed";
  readonly detail: string;
}

/** Judges a final response by its status and fields. */
export function guardResponse(
  method: string,
  status: number,
  fields: Fields,
  oddCodings: "relay" | "refuse" = "refuse",
  limits: ResponseLimits = RESPONSE_LIMITS,
): ResponseFraming | Malformed {
  if (status < 200 || status > 599) return malformed(`status ${status}`);
  const problem = fieldsProblem(fields, limits);
  if (problem !== undefined) return malformed(problem);
  const codings = fieldValues(fields, "transfer-encoding");
  const lengths = fieldValues(fields, "content-length");
  const chunked = codings.length === 1 && codings[0]?.toLowerCase() === "chunked";
  if (codings.length > 0 && !chunked && oddCodings === "refuse") {
    return malformed("a Transfer-Encoding other than chunked");
  }
  if (lengths.length > 1 || (lengths.length === 1 && codings.length > 0)) return malformed("two lengths");
  const length = lengths[0];
  if (length !== undefined && !/^[0-9]{1,15}$/.test(length)) return malformed("a Content-Length that is no number");
  const hasBody = method !== "HEAD" && status !== 204 && status !== 304;
  const closeDelimited = hasBody && !chunked && length === undefined;
  return {
    kind: "framing",
    hasBody,
    closeDelimited,
    bodyBytes: hasBody && length !== undefined ? Number(length) : undefined,
  };
}

/** Judges the fields of any response, interim ones included: what could split or crash when it is written again. */
export function fieldsProblem(fields: Fields, limits: ResponseLimits = RESPONSE_LIMITS): string | undefined {
  if (fields.length > limits.fields) return `more than ${limits.fields} fields`;
  let bytes = 0;
  for (const [name, value] of fields) {
    bytes += name.length + value.length + ": \r\n".length;
    if (!TOKEN.test(name)) return "a field name that is no token";
    if (VALUE_FORBIDDEN.test(value)) return `a control character in ${name}`;
  }
  return bytes > limits.headBytes ? `a head over ${limits.headBytes} bytes` : undefined;
}

function malformed(detail: string): Malformed {
  return { kind: "malformed", detail };
}
