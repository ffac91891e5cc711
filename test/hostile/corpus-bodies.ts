/** Bodies that condemn a request whose head was good. */
import { chunked, type Group, table } from "./corpus-parts.ts";

/** Groups of bodies. */
export const BODY_GROUPS: readonly Group[] = [
  {
    rule: "RFC 9112 §7.1: chunk-size = 1*HEXDIG",
    status: 400,
    inputs: {
      ...table(chunked, [
        "0x5\r\nhello\r\n0\r\n\r\n",
        "+5\r\nhello\r\n0\r\n\r\n",
        "-5\r\nhello\r\n0\r\n\r\n",
        "1_0\r\n\r\n",
      ]),
      ...table(chunked, [
        " 5\r\nhello\r\n0\r\n\r\n",
        "5 \r\nhello\r\n0\r\n\r\n",
        "5\t\r\nhello\r\n0\r\n\r\n",
        "\r\nhello\r\n",
      ]),
      ...table(chunked, [
        "g\r\n",
        "\xa05\r\nhello\r\n",
        "5,5\r\nhello\r\n",
        "5.\r\nhello\r\n",
        "\0\r\n",
        "0x\r\n\r\n",
        "5h\r\nhello\r\n",
        "-0\r\n\r\n",
        "+0\r\n\r\n",
        "0x0\r\n\r\n",
        "0 \r\n\r\n",
      ]),
    },
  },
  {
    rule: "RFC 9112 §7.1: recipients MUST anticipate large hexadecimal numerals and prevent overflow",
    status: 400,
    inputs: {
      ...table(chunked, [
        "8000000000000000\r\n",
        "FFFFFFFFFFFFFFFF\r\n",
        "10000000000000000\r\n",
        "FFFFFFFFFFFFFFFFF5\r\nhello\r\n",
      ]),
      "leading zeros without end": chunked("0".repeat(2_000)),
      "sixteen digits, a small number": chunked("0000000000000005\r\nhello\r\n0\r\n\r\n"),
    },
  },
  {
    rule: "RFC 9110 §15.5.14: content longer than the server is willing to process is a 413",
    status: 413,
    inputs: { ...table(chunked, ["FFFFFFFFFFFF\r\n", "FFFFFFFFF\r\n"]) },
  },
  {
    rule: "RFC 9112 §7.1: chunk = chunk-size [ chunk-ext ] CRLF chunk-data CRLF",
    status: 400,
    inputs: {
      ...table(chunked, [
        "3\r\nhello\r\n0\r\n\r\n",
        "5\r\nhello0\r\n\r\n",
        "5\r\nhelloXX0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
      ]),
      ...table(chunked, [
        "5\r\nhello\r0\r\n\r\n",
        "5\nhello\r\n0\r\n\r\n",
        "5\rhello\r\n0\r\n\r\n",
        "5\r\nhello\r\n0\n\n",
      ]),
      ...table(chunked, ["5\r\nhello\r\n0\r\n\n", "5\r\r\nhello\r\n0\r\n\r\n", "5\r\nhello\r\r\n0\r\n\r\n"]),
    },
  },
  {
    rule: 'RFC 9112 §7.1.1: chunk-ext = *( BWS ";" BWS name [ "=" value ] ), and a server ought to limit their total length',
    status: 400,
    inputs: {
      ...table(chunked, [
        "5;\r\nhello\r\n0\r\n\r\n",
        "5;\0\r\nhello\r\n",
        "5;a\nb\r\nhello\r\n",
        "5;a\rb\r\nhello\r\n",
      ]),
      ...table(chunked, ['5;a="b\r\n"\r\nhello\r\n', "5;=b\r\nhello\r\n", "5;a b\r\nhello\r\n", '5;a="b\r\nhello\r\n']),
      "over 1 KiB in one": chunked(`5;a=${"b".repeat(2_000)}\r\nhello\r\n0\r\n\r\n`),
      "over 4 KiB in all": chunked(`${`1;a=${"b".repeat(500)}\r\nx\r\n`.repeat(10)}0\r\n\r\n`),
    },
  },
  {
    rule: "RFC 9112 §7.1.2: trailer-section = *( field-line CRLF )",
    status: 400,
    inputs: {
      ...table(chunked, ["0\r\nX : y\r\n\r\n", "0\r\nno colon\r\n\r\n", "0\r\nX: a\0\r\n\r\n", "0\r\n X: y\r\n\r\n"]),
      ...table(chunked, ["0\r\nX: y\n\r\n", "0\r\n: y\r\n\r\n", "0\r\nX: a\rb\r\n\r\n", "0\r\n\r\r\n", "0\r\n\n"]),
      "over 8 KiB": chunked(`0\r\nX: ${"y".repeat(9_000)}\r\n\r\n`),
    },
  },
];
