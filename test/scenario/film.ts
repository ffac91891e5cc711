/** A film of a few bytes in small slices, and the file server that has it. */
import type { FieldLine } from "../../core/http/fields.ts";
import type { UpstreamRequest, UpstreamResult } from "../../core/ports.ts";
import type { EdgeLimits } from "../../edge/edge.ts";
import type { ByteBody } from "../../runtime/memory/bodies.ts";
import { scenario } from "./harness.ts";

/** Bytes of a slice. */
export const SLICE = 10;
/** The object: 35 bytes: three slices and a half. */
export const FILM = "0123456789abcdefghijABCDEFGHIJvwxyz";
/** Fresh for a minute. */
export const MINUTE: readonly FieldLine[] = [["cache-control", "max-age=60"]];

/** What the origin has. */
export interface Version {
  readonly text?: string;
  readonly etag?: string;
  readonly fields?: readonly FieldLine[];
  readonly length?: boolean;
}

/** What a file server answers to a range. */
export function part({ fields }: UpstreamRequest<ByteBody>, version: Version = {}): UpstreamResult<ByteBody> {
  const { text = FILM, etag = '"v1"', fields: more = MINUTE, length = true } = version;
  const [, first = "0", last = ""] =
    /^bytes=(\d+)-(\d*)$/.exec(fields.find(([name]) => name === "range")?.[1] ?? "") ?? [];
  if (etag !== "" && fields.some(([name, value]) => name === "if-none-match" && value === etag)) {
    const head = { status: 304, fields: [...more, ["etag", etag] satisfies FieldLine] };
    return { kind: "response", head, body: undefined, closeDelimited: false };
  }
  const end = Math.min(last === "" ? text.length - 1 : Number(last), text.length - 1);
  if (Number(first) >= text.length) {
    return {
      kind: "response",
      head: { status: 416, fields: [["content-range", `bytes */${text.length}`]] },
      body: undefined,
      closeDelimited: false,
    };
  }
  const body = new TextEncoder().encode(text.slice(Number(first), end + 1));
  const head: FieldLine[] = [...more, ["content-range", `bytes ${first}-${end}/${text.length}`]];
  if (etag !== "") head.push(["etag", etag]);
  if (length) head.push(["content-length", `${body.length}`]);
  return { kind: "response", head: { status: 206, fields: head }, body, closeDelimited: false };
}

/** An edge with small slices; the origin has `version` at each of the next requests. */
export function filming(versions: readonly Version[] = [{}, {}, {}, {}, {}, {}], limits: Partial<EdgeLimits> = {}) {
  const made = scenario({ limits: { sliceBytes: SLICE, ...limits } });
  for (const version of versions) made.origin.answers(async (request) => part(request, version));
  const asked = (): (string | undefined)[] =>
    made.origin.requests.map(({ fields }) => fields.find(([name]) => name === "range")?.[1]);
  /** The next request is answered so. */
  const has = (version: Version) => made.origin.answers(async (request) => part(request, version));
  return { ...made, asked, has };
}
