/** Heads that condemn a request: the second half of the rules. */
import { type Group, get, HOST, host, line, post, table } from "./corpus-parts.ts";

/** Groups of heads. */
export const SEMANTICS_GROUPS: readonly Group[] = [
  {
    rule: "RFC 9112 §5.2: a server that receives obs-fold MUST reject the message or replace it",
    status: 400,
    inputs: {
      ...table(get, ["X: a\r\n b\r\n", "X: a\r\n\tb\r\n", "X:\r\n a\r\n", "X: a\r\n \r\n"]),
      "a folded coding": post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"),
      "a space before the first field": "GET / HTTP/1.1\r\n Host: a.example\r\n\r\n",
      "a tab before the first field": "GET / HTTP/1.1\r\n\tX: y\r\nHost: a.example\r\n\r\n",
    },
  },
  {
    rule: "RFC 9112 §3.2: a server MUST respond with 400 to a request that lacks Host, has several, or an invalid one",
    status: 400,
    inputs: {
      none: "GET / HTTP/1.1\r\n\r\n",
      "none in HTTP/1.0": "GET / HTTP/1.0\r\n\r\n",
      "none beside an absolute target": "GET http://a.example/ HTTP/1.1\r\n\r\n",
      "twice the same": get(HOST),
      "two names": get("Host: b.example\r\n"),
      "two names, odd case": get("hOsT: b.example\r\n"),
      ...table(host, [
        "",
        " ",
        " a.example/x",
        " u@a.example",
        " a.example,b.example",
        " a b",
        " a:x",
        " a:99999",
        " :80",
      ]),
      ...table(host, [
        " a..b",
        " \xe4.example",
        " %61.example",
        " a:80:80",
        " [::1",
        " [::g]",
        " 127.1",
        " 0x7f.1",
        " a#b",
      ]),
      ...table(host, [" a?b", " a\\b", " http://a", " a:+80", " 256.1.1.1", ` ${"a".repeat(64)}.example`]),
    },
  },
  {
    rule: "RFC 9112 §3.2.2: an absolute target's authority counts, and Host must be the same",
    status: 400,
    inputs: {
      "another name": get("", "http://b.example/"),
      "another port": get("", "http://a.example:81/"),
      userinfo: get("", "http://a.example@b.example/"),
      "no authority": get("", "http:///x"),
      "another scheme": get("", "https://a.example/"),
    },
  },
  {
    rule: "RFC 9112 §3.2: request-target = origin-form / absolute-form / authority-form / asterisk-form",
    status: 400,
    inputs: {
      ...table(
        (target) => get("", target),
        ["ftp://a.example/", "a.example:80", "x", "?x", "*", "file:///etc/passwd", "./x"],
      ),
      "OPTIONS **": `OPTIONS ** HTTP/1.1\r\n${HOST}\r\n`,
      "javascript:": get("", "javascript:x"),
    },
  },
  {
    rule: "RFC 3986 §2: these characters are never raw in a URI",
    status: 400,
    inputs: {
      ...table(
        (target) => get("", target),
        ["/#x", "/\\x", "/\xe9", "/\tx", "/\x7f", "/\0", "/\x01", "/a b", "/\\evil.example"],
      ),
    },
  },
  {
    rule: "an encoded NUL, CR or LF ends a string or a line for somebody behind us",
    status: 400,
    inputs: { ...table((target) => get("", target), ["/%00", "/x%0d%0aY:z", "/%0A", "/?a=%00", "/?a=%0d%0ab"]) },
  },
  {
    rule: "RFC 9112 §3: request-line = method SP request-target SP HTTP-version",
    status: 400,
    inputs: {
      ...table(line, ["GET  / HTTP/1.1", "GET /  HTTP/1.1", " GET / HTTP/1.1", "GET / HTTP/1.1 ", "GET\t/ HTTP/1.1"]),
      ...table(line, [
        "GET / HTTP/1.1x",
        "GET / http/1.1",
        "GET / HTTP/11",
        "GET / HTTP/1",
        "GET / HTTP/1.",
        "GET / HTP/1.1",
      ]),
      ...table(
        line,
        ["GET / HTTP /1.1", "GET", "/ HTTP/1.1", "GET / HTTP/+1.1", "GET / HTTP/01.1"].filter(
          (text) => text !== "GET /" && text !== "",
        ),
      ),
      ...table(line, ["G(T / HTTP/1.1", "GET/ / HTTP/1.1", "G\xcbT / HTTP/1.1", "G\x01T / HTTP/1.1", "G:T / HTTP/1.1"]),
      "a TLS hello": "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n",
      "two empty lines first": `\r\n\r\n${get("")}`,
    },
  },
  {
    rule: "RFC 9110 §15.6.6: 505 for a major version that is not supported",
    status: 505,
    inputs: {
      ...table(line, ["GET / HTTP/2.0", "GET / HTTP/0.9", "GET / HTTP/1.2", "GET / HTTP/3.0", "GET / HTTP/9.9"]),
      "HTTP/0.9": "GET /\r\n\r\n",
      "HTTP/2 preface": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    },
  },
  {
    rule: "RFC 9110 §9.3.8, §9.3.6: TRACE reflects, CONNECT tunnels; PURGE is not public",
    status: 405,
    inputs: {
      ...table(line, ["TRACE / HTTP/1.1", "PURGE / HTTP/1.1", "CONNECT a.example:443 HTTP/1.1", "CONNECT / HTTP/1.1"]),
      "TRACE in HTTP/1.0": `TRACE / HTTP/1.0\r\n${HOST}\r\n`,
    },
  },
  {
    rule: "RFC 9110 §9.3.1: content in a GET might lead some implementations to reject the request and close the connection",
    status: 400,
    inputs: {
      "length on GET": `${get("Content-Length: 3\r\n")}abc`,
      "chunks on GET": `${get("Transfer-Encoding: chunked\r\n")}0\r\n\r\n`,
      "length on HEAD": `HEAD / HTTP/1.1\r\n${HOST}Content-Length: 3\r\n\r\nabc`,
    },
  },
  {
    rule: "RFC 9110 §10.1.1: an expectation other than 100-continue MAY be answered with 417; one without content MUST NOT be sent",
    status: 417,
    inputs: {
      unknown: post("Content-Length: 3\r\nExpect: x\r\n", "abc"),
      fuzzy: post("Content-Length: 3\r\nExpect: y 100-continue\r\n", "abc"),
      list: post("Content-Length: 3\r\nExpect: 100-continue, x\r\n", "abc"),
      "two lines": post("Content-Length: 3\r\nExpect: 100-continue\r\nExpect: 100-continue\r\n", "abc"),
      "on GET": get("Expect: 100-continue\r\n"),
      empty: post("Content-Length: 3\r\nExpect:\r\n", "abc"),
    },
  },
  {
    rule: "RFC 9112 §3: a longer request-target than the server wishes to parse is a 414",
    status: 414,
    inputs: {
      "a target over 8 KiB": get("", `/${"y".repeat(8_200)}`),
      "a method and target over 8 KiB": line(`${"A".repeat(200)} /${"y".repeat(8_100)} HTTP/1.1`),
      "a request line without end": `GET /${"y".repeat(17_000)}`,
    },
  },
  {
    rule: "RFC 6585 §5: 431 Request Header Fields Too Large",
    status: 431,
    inputs: {
      "101 fields": get("X: y\r\n".repeat(100)),
      "2,000 fields": get("X: y\r\n".repeat(2_000)),
      "a line over 8 KiB": get(`X: ${"y".repeat(8_200)}\r\n`),
      "a name over 8 KiB": get(`${"X".repeat(8_200)}: y\r\n`),
      "a head over 16 KiB": get(`A: ${"y".repeat(8_000)}\r\nB: ${"y".repeat(8_000)}\r\nC: ${"y".repeat(500)}\r\n`),
      "a head without end": `GET / HTTP/1.1\r\nX: ${"y".repeat(17_000)}`,
    },
  },
  {
    rule: "RFC 9110 §15.5.14: content longer than the server is willing to process is a 413",
    status: 413,
    inputs: { "a declared length over the limit": post("Content-Length: 99999999999\r\n") },
  },
];
