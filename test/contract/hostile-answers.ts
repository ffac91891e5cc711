/** Answers of hostile or broken origins, byte for byte (FAULTS 2.B). */

/** An ordinary answer. */
export const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const manyFields = (count: number): string => Array.from({ length: count }, (_, n) => `X-${n}: y\r\n`).join("");

/** FAULTS 2.B: answers that may not be relayed. */
export const MALFORMED: readonly (readonly [string, string])[] = [
  [
    "R01 length and chunks",
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
  ],
  ["R01 two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok"],
  ["R01 two equal lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok"],
  ["R01 a list of lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok"],
  ["R01 a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok"],
  ["R01 a length that is no number", "HTTP/1.1 200 OK\r\nContent-Length: 0x2\r\n\r\nok"],
  ["R02 gzip", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nok"],
  ["R02 chunked, gzip", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n2\r\nok\r\n0\r\n\r\n"],
  ["R02 gzip, chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"],
  ["R02 xchunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\nok"],
  ["R02 identity", "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\nok"],
  ["R02 chunked twice", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
  ["R06 a folded line", "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\nok"],
  ["R06 space before the colon", "HTTP/1.1 200 OK\r\nX : a\r\nContent-Length: 2\r\n\r\nok"],
  ["R06 a bare LF", "HTTP/1.1 200 OK\r\nX: a\nContent-Length: 2\r\n\r\nok"],
  ["R06 a bare CR", "HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 2\r\n\r\nok"],
  ["R06 NUL in a value", "HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 2\r\n\r\nok"],
  ["R06 a control character in a value", "HTTP/1.1 200 OK\r\nX: a\x01b\r\nContent-Length: 2\r\n\r\nok"],
  ["R06 a name that is no token", "HTTP/1.1 200 OK\r\nX(: a\r\nContent-Length: 2\r\n\r\nok"],
  ["R07 101 fields", `HTTP/1.1 200 OK\r\n${manyFields(100)}Content-Length: 2\r\n\r\nok`],
  ["R07 1,500 fields", `HTTP/1.1 200 OK\r\n${manyFields(1_500)}Content-Length: 2\r\n\r\nok`],
  ["R07 a head over 16 KiB", `HTTP/1.1 200 OK\r\nX: ${"y".repeat(17_000)}\r\nContent-Length: 2\r\n\r\nok`],
  ["R08 a flood of interim responses", `${"HTTP/1.1 102 Processing\r\n\r\n".repeat(21)}${OK}`],
  ["R08 100 that nobody asked for", `HTTP/1.1 100 Continue\r\n\r\n${OK}`],
  ["R08 101 that nobody asked for", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"],
  ["R08 101 without Upgrade", `HTTP/1.1 101 Switching Protocols\r\n\r\n${OK}`],
  ["R08 status 099", "HTTP/1.1 099 Odd\r\nContent-Length: 2\r\n\r\nok"],
  ["R08 status 600", "HTTP/1.1 600 Odd\r\nContent-Length: 2\r\n\r\nok"],
  ["R08 status 999", "HTTP/1.1 999 Odd\r\nContent-Length: 2\r\n\r\nok"],
  ["R08 status 20", "HTTP/1.1 20 Odd\r\nContent-Length: 2\r\n\r\nok"],
  ["no HTTP at all", "SSH-2.0-OpenSSH_9.2\r\n\r\n"],
  ["an interim response that would split", `HTTP/1.1 103 Early Hints\r\nLink: a\x02\r\n\r\n${OK}`],
];

/** Bodies that end wrongly after a good head: the head is an answer, reading the body fails. */
export const CUT: readonly (readonly [string, string])[] = [
  ["R03 shorter than its length", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok"],
  ["R03 chunks without their end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n"],
  ["R03 a cut chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nok"],
  ["R01 a bad chunk size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\nzz\r\n"],
  ["R01 a chunk longer than its size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nok\r\n0\r\n\r\n"],
];

/** Bodies where none may be: ignored, and the connection is not used again. */
export const UNWANTED: readonly (readonly [string, string, string])[] = [
  ["R09 a body on 204", "GET", "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok"],
  [
    "R09 an unannounced body on 204",
    "GET",
    "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
  ],
  ["R09 a body on 304", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\nok"],
  [
    "R09 a chunked body on 304",
    "GET",
    "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
  ],
  ["R09 a body on HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"],
];
