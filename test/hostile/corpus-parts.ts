/** Building blocks of the hostile corpus: groups of inputs under one rule, and the bytes of common requests. */

/** One input. */
export interface HostileRequest {
  readonly name: string;
  readonly rule: string;
  readonly bytes: string;
  readonly status: number;
}

/** Inputs that one sentence condemns. */
export interface Group {
  readonly rule: string;
  readonly status: number;
  readonly inputs: Readonly<Record<string, string>>;
}

/** Bytes of a request, or a part of one. */
export const HOST = "Host: a.example\r\n";
/** Bytes of a request, or a part of one. */
export const get = (lines: string, target = "/"): string => `GET ${target} HTTP/1.1\r\n${HOST}${lines}\r\n`;
/** Bytes of a request, or a part of one. */
export const post = (lines: string, body = ""): string => `POST / HTTP/1.1\r\n${HOST}${lines}\r\n${body}`;
/** Bytes of a request, or a part of one. */
export const line = (text: string): string => `${text}\r\n${HOST}\r\n`;
/** Bytes of a request, or a part of one. */
export const host = (value: string): string => `GET / HTTP/1.1\r\nHost:${value}\r\n\r\n`;
/** Bytes of a request, or a part of one. */
export const length = (value: string): string => post(`Content-Length:${value}\r\n`, "abc");
/** Bytes of a request, or a part of one. */
export const coding = (value: string): string => post(`Transfer-Encoding:${value}\r\n`, "0\r\n\r\n");
/** Bytes of a request, or a part of one. */
export const chunked = (body: string): string => post("Transfer-Encoding: chunked\r\n", body);

/** One input for each value. */
export function table<const T extends string>(
  make: (value: string) => string,
  values: readonly T[],
): Record<string, string> {
  return Object.fromEntries(values.map((value) => [JSON.stringify(value).slice(0, 60), make(value)]));
}

/** One entry for each input. */
export function flatten(groups: readonly Group[]): HostileRequest[] {
  return groups.flatMap(({ rule, status, inputs }) =>
    Object.entries(inputs).map(([name, bytes]) => ({ name, rule, bytes, status })),
  );
}
