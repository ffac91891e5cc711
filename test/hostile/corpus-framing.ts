/** Heads that condemn a request: the first half of the rules, framing first. */
import { coding, type Group, get, HOST, length, post, table } from "./corpus-parts.ts";

/** Groups of heads. */
export const FRAMING_GROUPS: readonly Group[] = [
  {
    rule: "RFC 9112 §6.1: a server MAY reject a request that contains both Content-Length and Transfer-Encoding",
    status: 400,
    inputs: {
      "length first": post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
      "coding first": post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"),
      "length 0": post("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
      "an unknown coding": post("Content-Length: 3\r\nTransfer-Encoding: x\r\n", "abc"),
      "an empty coding": post("Content-Length: 3\r\nTransfer-Encoding:\r\n", "abc"),
      "names in odd case": post("cOnTeNt-LeNgTh: 3\r\ntRaNsFeR-eNcOdInG: chunked\r\n", "0\r\n\r\n"),
    },
  },
  {
    rule: "RFC 9112 §6.3: several Content-Length fields are an unrecoverable error",
    status: 400,
    inputs: {
      different: post("Content-Length: 3\r\nContent-Length: 4\r\n", "abcd"),
      equal: post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"),
      ...table(length, [" 3, 3", " 3,4", " 3 , 3", " 3,"]),
    },
  },
  {
    rule: "RFC 9110 §8.6: Content-Length = 1*DIGIT",
    status: 400,
    inputs: {
      ...table(length, [" +3", " -1", " -0", " 0x3", " 1_0", " 3.0", " 1e1", " 1 0", "", " ", " 18446744073709551616"]),
      ...table(length, [
        " 9223372036854775808",
        " 9007199254740992",
        " 3;",
        ' "3"',
        " \xa03",
        " 3\xa0",
        " 003",
        " 00",
        " ٣",
      ]),
    },
  },
  {
    rule: "RFC 9112 §5.1: no whitespace is allowed between the field name and colon",
    status: 400,
    inputs: {
      "space after Content-Length": post("Content-Length : 3\r\n", "abc"),
      "tab after Transfer-Encoding": post("Transfer-Encoding\t: chunked\r\n", "0\r\n\r\n"),
      "space after Host": "GET / HTTP/1.1\r\nHost : a.example\r\n\r\n",
      "space in a name": get("X Y: z\r\n"),
    },
  },
  {
    rule: "RFC 9110 §5.1: field-name = token",
    status: 400,
    inputs: {
      ...table(get, ["X(: y\r\n", "X): y\r\n", "X/: y\r\n", "X[: y\r\n", 'X": y\r\n', "X\xe9: y\r\n", "X\0: y\r\n"]),
      ...table(get, ["X\x7f: y\r\n", ": y\r\n", "X\x0b: y\r\n", "X,Y: y\r\n", "X@: y\r\n", "{: y\r\n", "X;: y\r\n"]),
    },
  },
  {
    rule: 'RFC 9112 §5: field-line = field-name ":" OWS field-value OWS',
    status: 400,
    inputs: { ...table(get, ["X\r\n", "no colon here\r\n", "GET / HTTP/1.1\r\n".replace(":", "")]) },
  },
  {
    rule: "CGI reads Content_Length as Content-Length: an underscore must not spell a field that frames or identifies",
    status: 400,
    inputs: {
      ...table(get, ["Content_Length: 3\r\n", "Transfer_Encoding: chunked\r\n", "X_Forwarded_For: 1.2.3.4\r\n"]),
      ...table(get, ["x_forwarded-host: evil\r\n", "X-Real_IP: 1.2.3.4\r\n", "CDN_Loop: x\r\n", "Content_Type: x\r\n"]),
    },
  },
  {
    rule: "RFC 9112 §6.3: if Transfer-Encoding is present and chunked is not the final encoding, the server MUST respond with 400",
    status: 400,
    inputs: {
      ...table(coding, [
        " xchunked",
        " identity",
        ' "chunked"',
        " chunked;q=1",
        " \xa0chunked",
        " chunked\xa0",
        " gzip",
      ]),
      ...table(coding, [
        "",
        " ",
        " ,chunked",
        " chunked,",
        " chunked, chunked",
        " chunked, gzip",
        " chunked x",
        " chunkéd",
      ]),
    },
  },
  {
    rule: "RFC 9112 §6.1: a server that does not understand the transfer coding SHOULD respond with 501",
    status: 501,
    inputs: {
      ...table(coding, [" gzip, chunked", " deflate,chunked", " x-custom, chunked", " gzip, deflate, chunked"]),
    },
  },
  {
    rule: "RFC 9112 §6.1: a server MUST treat Transfer-Encoding in HTTP/1.0 as if the framing is faulty",
    status: 400,
    inputs: {
      "chunks in HTTP/1.0": `POST / HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      "chunks in HTTP/1.0, kept": `POST / HTTP/1.0\r\n${HOST}Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    },
  },
  {
    rule: "RFC 9112 §7: a recipient MUST NOT apply chunked more than once; two lines are a list",
    status: 400,
    inputs: {
      "twice chunked": post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
      "gzip, then chunked": post("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
      "chunked, then identity": post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n"),
    },
  },
  {
    rule: "RFC 9110 §5.5: field values have no CR, LF, NUL or other control characters",
    status: 400,
    inputs: {
      ...table(get, ["X: a\0b\r\n", "X: a\x01b\r\n", "X: a\x0bb\r\n", "X: a\x0cb\r\n", "X: a\x7fb\r\n", "X: \x1b\r\n"]),
      ...table(get, ["X: a\x08\r\n", "\r: y\r\n", "X: a\rb\r\n", "X: a\r\r\n"]),
      "a vertical tab before chunked": coding(" \x0bchunked"),
      "NUL after chunked": coding(" chunked\0"),
    },
  },
  {
    rule: "RFC 9112 §2.2: a bare CR or LF must not end a line here: others read the lines differently",
    status: 400,
    inputs: {
      "LF after the request line": `GET / HTTP/1.1\n${HOST}\r\n`,
      "LF only": "GET / HTTP/1.1\nHost: a.example\n\n",
      "LF after a field": "GET / HTTP/1.1\r\nHost: a.example\nX: y\r\n\r\n",
      "LF before the empty line": "GET / HTTP/1.1\r\nHost: a.example\n\r\n",
      "LF hides a length": "POST / HTTP/1.1\r\nHost: a.example\r\nX: y\nContent-Length: 3\r\n\r\nabc",
      "CR hides a coding": "POST / HTTP/1.1\r\nHost: a.example\r\nX: y\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "CR in the request line": `GET /\r HTTP/1.1\r\n${HOST}\r\n`,
      "CR CR LF": `GET / HTTP/1.1\r\r\n${HOST}\r\n`,
    },
  },
];
