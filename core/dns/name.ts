/** Domain names on the wire (RFC 1035 section 3.1): read strictly, compared without regard to case (RFC 4343). */

/** A name takes at most so many bytes on the wire. */
export const NAME_MAX_BYTES = 255;
/** A label takes at most so many bytes. */
export const LABEL_MAX_BYTES = 63;

/** A name that was read. */
export interface WireName {
  /** In lower case, without the last dot; dots, backslashes and bytes that are no printable ASCII inside of labels as `\DDD`. */
  readonly text: string;
  /** Where the next byte is. */
  readonly endAt: number;
}

/**
 * Reads a name as it stands in a question: labels only. Undefined: cut short, too long, or compressed, for which a question
 * has no reason (there is nothing before it to point at).
 */
export function readName(bytes: Uint8Array, startAt: number): WireName | undefined {
  let at = startAt;
  let text = "";
  for (;;) {
    const length = bytes[at];
    if (length === undefined || length > LABEL_MAX_BYTES) return undefined;
    at += 1;
    if (at + length - startAt > NAME_MAX_BYTES || at + length > bytes.length) return undefined;
    if (length === 0) return { text, endAt: at };
    if (text !== "") text += ".";
    for (const endAt = at + length; at < endAt; at += 1) text += CHARACTERS[bytes[at] ?? 0];
  }
}

/** What stands for each byte of a label. */
const CHARACTERS: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const isPlain = byte > 0x20 && byte < 0x7f && byte !== 0x2e && byte !== 0x5c;
  return isPlain ? String.fromCharCode(byte).toLowerCase() : `\\${String(byte).padStart(3, "0")}`;
});

/** The bytes of a name given as text, with or without its last dot; undefined when it is no name. `""` is the root. */
export function nameBytes(name: string): Uint8Array | undefined {
  const text = name.endsWith(".") ? name.slice(0, -1) : name;
  const bytes: number[] = [];
  for (const label of text === "" ? [] : text.split(".")) {
    const content = labelBytes(label);
    if (content === undefined || content.length === 0 || content.length > LABEL_MAX_BYTES) return undefined;
    bytes.push(content.length, ...content);
  }
  bytes.push(0);
  return bytes.length > NAME_MAX_BYTES ? undefined : Uint8Array.from(bytes);
}

function labelBytes(label: string): number[] | undefined {
  const bytes: number[] = [];
  for (let at = 0; at < label.length; at += 1) {
    const code = label.charCodeAt(at);
    if (code <= 0x20 || code >= 0x7f) return undefined;
    if (code !== 0x5c) {
      bytes.push(code);
      continue;
    }
    const decimal = label.slice(at + 1, at + 4);
    if (!/^\d{3}$/.test(decimal) || Number(decimal) > 255) return undefined;
    bytes.push(Number(decimal));
    at += 3;
  }
  return bytes;
}

/** The name without its first label; undefined for the root. */
export function parentOf(name: string): string | undefined {
  if (name === "") return undefined;
  const dot = name.indexOf(".");
  return dot < 0 ? "" : name.slice(dot + 1);
}
