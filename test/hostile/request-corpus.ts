/** Requests that an intermediary must refuse, as bytes, each group under the sentence that condemns it. */

/** One input. */
export interface HostileRequest {
  readonly name: string;
  readonly rule: string;
  readonly bytes: string;
  readonly status: number;
}

interface Group {
  readonly rule: string;
  readonly status: number;
  readonly inputs: Readonly<Record<string, string>>;
}

const HOST = "Host: a.example\r\n";
const get = (lines: string, target = "/"): string => `GET ${target} HTTP/1.1\r\n${HOST}${lines}\r\n`;
const post = (lines: string, body = ""): string => `POST / HTTP/1.1\r\n${HOST}${lines}\r\n${body}`;
const line = (text: string): string => `${text}\r\n${HOST}\r\n`;
const host = (value: string): string => `GET / HTTP/1.1\r\nHost:${value}\r\n\r\n`;
const length = (value: string): string => post(`Content-Length:${value}\r\n`, "abc");
const coding = (value: string): string => post(`Transfer-Encoding:${value}\r\n`, "0\r\n\r\n");
const chunked = (body: string): string => post("Transfer-Encoding: chunked\r\n", body);

function table<const T extends string>(make: (value: string) => string, values: readonly T[]): Record<string, string> {
  return Object.fromEntries(values.map((value) => [JSON.stringify(value).slice(0, 60), make(value)]));
}

const HEAD_GROUPS: readonly Group[] = [
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

const BODY_GROUPS: readonly Group[] = [
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
      ...table(chunked, ["0\r\nX: y\n\r\n", "0\r\n: y\r\n\r\n", "0\r\nX: a\rb\r\n\r\n"]),
      "over 8 KiB": chunked(`0\r\nX: ${"y".repeat(9_000)}\r\n\r\n`),
    },
  },
];

function flatten(groups: readonly Group[]): HostileRequest[] {
  return groups.flatMap(({ rule, status, inputs }) =>
    Object.entries(inputs).map(([name, bytes]) => ({ name, rule, bytes, status })),
  );
}

/** Condemned by their heads: nothing behind the listener may hear of them. */
export const CONDEMNED_BY_HEAD: readonly HostileRequest[] = flatten(HEAD_GROUPS);
/** Condemned by their bodies: whoever has begun to hear of them must see them fail. */
export const CONDEMNED_BY_BODY: readonly HostileRequest[] = flatten(BODY_GROUPS);
