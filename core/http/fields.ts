/** Header fields as plain data: an ordered list of lines, names in lower case, values trimmed. */

/** One field line. The name is lower case; the value has no leading or trailing whitespace (RFC 9110 §5.5). */
export type FieldLine = readonly [name: string, value: string];

/** The field lines of one message, in the order received. */
export type Fields = readonly FieldLine[];

/** The head of a response: a status and its fields. Bodies travel apart from heads. */
export interface ResponseHead {
  readonly status: number;
  readonly fields: Fields;
}

/** The head of a request after the guard has accepted it (RFC 9112 §3). */
export interface RequestHead {
  readonly method: string;
  readonly scheme: "http" | "https";
  /** Host and optional port in normal form: lower case, no default port, no trailing dot. */
  readonly authority: string;
  /** Path and query exactly as received: begins with "/", or is "*" for OPTIONS. */
  readonly target: string;
  readonly fields: Fields;
}

/** The first value of a field, or undefined. `name` must be lower case. */
export function fieldValue(fields: Fields, name: string): string | undefined {
  for (const line of fields) if (line[0] === name) return line[1];
  return undefined;
}

/** All values of a field, one per line, in order. */
export function fieldValues(fields: Fields, name: string): string[] {
  const values: string[] = [];
  for (const line of fields) if (line[0] === name) values.push(line[1]);
  return values;
}

/** All lines of a field joined by ", " (RFC 9110 §5.3), or undefined when there is none. */
export function combinedValue(fields: Fields, name: string): string | undefined {
  let combined: string | undefined;
  for (const line of fields) {
    if (line[0] === name) combined = combined === undefined ? line[1] : `${combined}, ${line[1]}`;
  }
  return combined;
}

/** Whether a field is present, whatever its value. */
export function hasField(fields: Fields, name: string): boolean {
  for (const line of fields) if (line[0] === name) return true;
  return false;
}

/** The fields without the named ones. */
export function withoutFields(fields: Fields, names: ReadonlySet<string>): Fields {
  return fields.filter((line) => !names.has(line[0]));
}

/** The fields with `name` replaced by one line at the end. */
export function withField(fields: Fields, name: string, value: string): Fields {
  const kept: FieldLine[] = fields.filter((line) => line[0] !== name);
  kept.push([name, value]);
  return kept;
}

/** Splits a comma-separated list, respecting quoted strings (RFC 9110 §5.6.1); empty members are dropped. */
export function splitList(value: string): string[] {
  if (!value.includes('"')) {
    return value
      .split(",")
      .map((member) => member.trim())
      .filter((member) => member !== "");
  }
  const members: string[] = [];
  let start = 0;
  let quoted = false;
  for (let index = 0; index <= value.length; index += 1) {
    const character = value[index];
    if (quoted && character === "\\") index += 1;
    else if (character === '"') quoted = !quoted;
    else if (character === undefined || (character === "," && !quoted)) {
      const member = value.slice(start, index).trim();
      if (member !== "") members.push(member);
      start = index + 1;
    }
  }
  // An unterminated quote swallows the rest: it is one member, so that nothing in it is read as permission.
  if (start < value.length + 1 && quoted) {
    const rest = value.slice(start).trim();
    if (rest !== "") members.push(rest);
  }
  return members;
}
