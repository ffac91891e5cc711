/** Tests of the guard, one row per input class of FAULTS 2.A that a parsed head can show. */
import { describe, expect, test } from "vitest";
import type { FieldLine } from "./fields.ts";
import { type GuardOptions, guardRequest, type RawRequestHead } from "./guard.ts";
import { REFUSALS, type RefusalReason } from "./refusals.ts";

const options: GuardOptions = { scheme: "http", protocol: "http1", maxBodyBytes: 1_000 };
const host: FieldLine = ["Host", "a.example"];

function get(change: Partial<RawRequestHead>): RawRequestHead {
  return { method: "GET", target: "/", httpVersion: "1.1", fields: [host], ...change };
}

function post(...fields: FieldLine[]): RawRequestHead {
  return get({ method: "POST", fields: [host, ...fields] });
}

function hostOf(value: string): RawRequestHead {
  return get({ fields: [["Host", value]] });
}

const target = (text: string): RawRequestHead => get({ target: text });
const length = (value: string): RawRequestHead => post(["Content-Length", value]);
const coding = (value: string): RawRequestHead => post(["Transfer-Encoding", value]);
const field = (name: string, value: string): RawRequestHead => get({ fields: [host, [name, value]] });

const refusals: readonly (readonly [string, RawRequestHead, RefusalReason])[] = [
  ["F01 length then coding", post(["Content-Length", "3"], ["Transfer-Encoding", "chunked"]), "length-and-coding"],
  ["F01 coding then length", post(["Transfer-Encoding", "chunked"], ["Content-Length", "3"]), "length-and-coding"],
  [
    "F01 length beside an unknown coding",
    post(["Content-Length", "3"], ["Transfer-Encoding", "x"]),
    "length-and-coding",
  ],
  ["F02 two different lengths", post(["Content-Length", "3"], ["Content-Length", "4"]), "length-repeated"],
  ["F03 two equal lengths", post(["Content-Length", "3"], ["content-length", "3"]), "length-repeated"],
  ["F03 a list of lengths", length("3, 3"), "length-repeated"],
  ["F03 a list without space", length("3,4"), "length-repeated"],
  ["F04 plus", length("+3"), "length-syntax"],
  ["F04 minus", length("-1"), "length-syntax"],
  ["F04 minus zero", length("-0"), "length-syntax"],
  ["F04 hexadecimal", length("0x3"), "length-syntax"],
  ["F04 underscore", length("1_0"), "length-syntax"],
  ["F04 fraction", length("3.0"), "length-syntax"],
  ["F04 exponent", length("1e3"), "length-syntax"],
  ["F04 space inside", length("1 0"), "length-syntax"],
  ["F04 empty", length(""), "length-syntax"],
  ["F04 2^64", length("18446744073709551616"), "length-syntax"],
  ["F04 2^53", length("9007199254740992"), "length-syntax"],
  ["F04 trailing comma", length("3,"), "length-syntax"],
  ["F04 no-break space", length("3\xa0"), "length-syntax"],
  ["F05 leading zeros", length("003"), "length-syntax"],
  ["F05 two zeros", length("00"), "length-syntax"],
  ["F06 space before the colon", field("Content-Length ", "3"), "field-name"],
  ["F06 tab before the colon", field("Host\t", "a"), "field-name"],
  ["F07 Content_Length", field("Content_Length", "3"), "field-name-lookalike"],
  ["F07 Transfer_Encoding", field("Transfer_Encoding", "chunked"), "field-name-lookalike"],
  ["F07 X_Forwarded_For", field("X_Forwarded_For", "1.2.3.4"), "field-name-lookalike"],
  ["F07 x_forwarded-for", field("x_forwarded-for", "1.2.3.4"), "field-name-lookalike"],
  ["F07 CDN_Loop", field("CDN_Loop", "x"), "field-name-lookalike"],
  ["F08 xchunked", coding("xchunked"), "coding-syntax"],
  ["F08 identity", coding("identity"), "coding-syntax"],
  ["F08 quoted", coding('"chunked"'), "coding-syntax"],
  ["F08 with a weight", coding("chunked;q=1"), "coding-syntax"],
  ["F08 0xA0 before", coding("\xa0chunked"), "coding-syntax"],
  ["F08 0xA0 after", coding("chunked\xa0"), "coding-syntax"],
  ["F08 gzip alone", coding("gzip"), "coding-syntax"],
  ["F09 gzip, chunked", coding("gzip, chunked"), "coding-unknown"],
  ["F09 deflate,gzip,chunked", coding("deflate,gzip,chunked"), "coding-unknown"],
  ["F09 an empty member first", coding(", chunked"), "coding-syntax"],
  ["F09 an empty member last", coding("chunked,"), "coding-syntax"],
  ["F10 empty", coding(""), "coding-syntax"],
  ["F10 only spaces", coding("  "), "coding-syntax"],
  ["F10 empty beside a length", post(["Transfer-Encoding", ""], ["Content-Length", "3"]), "length-and-coding"],
  ["F11 in HTTP/1.0", { ...coding("chunked"), httpVersion: "1.0" }, "coding-version"],
  ["F12 vertical tab", coding("\x0bchunked"), "field-value"],
  ["F12 form feed", coding("chunked\x0c"), "field-value"],
  ["F12 NUL", coding("chunked\0"), "field-value"],
  ["F12 chunked, chunked", coding("chunked, chunked"), "coding-syntax"],
  ["F12 chunked, gzip", coding("chunked, gzip"), "coding-syntax"],
  ["F12 two lines", post(["Transfer-Encoding", "chunked"], ["Transfer-Encoding", "chunked"]), "coding-repeated"],
  [
    "F12 two lines, one other",
    post(["Transfer-Encoding", "gzip"], ["Transfer-Encoding", "chunked"]),
    "coding-repeated",
  ],
  ["F12 folded", coding("chunked\r\n "), "field-value"],
  ["F18 CR in a value", field("X", "a\rb"), "field-value"],
  ["F18 LF in a value", field("X", "a\nb"), "field-value"],
  ["F18 NUL in a value", field("X", "a\0b"), "field-value"],
  ["F18 0x01 in a value", field("X", "\x01"), "field-value"],
  ["F18 DEL in a value", field("X", "\x7f"), "field-value"],
  ["F18 a character beyond one byte", field("X", "Ā"), "field-value"],
  ["F19 empty name", field("", "x"), "field-name"],
  ["F19 parenthesis in a name", field("X(", "x"), "field-name"],
  ["F19 colon in a name", field(":path", "x"), "field-name"],
  ["F19 non-ASCII in a name", field("X\xe9", "x"), "field-name"],
  ["F19 leading space in a name", field(" Host", "x"), "field-name"],
  ["F19 CR in a name", field("X\r", "x"), "field-name"],
  ["F20 no Host", get({ fields: [] }), "host-missing"],
  ["F20 no Host in HTTP/1.0", get({ fields: [], httpVersion: "1.0" }), "host-missing"],
  ["F21 the same Host twice", get({ fields: [host, host] }), "host-repeated"],
  ["F21 two Hosts", get({ fields: [host, ["host", "b.example"]] }), "host-repeated"],
  ["F22 empty", hostOf(""), "host-syntax"],
  ["F22 path", hostOf("a.example/x"), "host-syntax"],
  ["F22 userinfo", hostOf("u@a.example"), "host-syntax"],
  ["F22 comma", hostOf("a.example,b.example"), "host-syntax"],
  ["F22 space", hostOf("a.example b"), "host-syntax"],
  ["F22 bad port", hostOf("a.example:x"), "host-syntax"],
  ["F22 huge port", hostOf("a.example:99999"), "host-syntax"],
  ["F22 only a port", hostOf(":80"), "host-syntax"],
  ["F22 not ASCII", hostOf("\xe4.example"), "host-syntax"],
  ["F22 percent", hostOf("%61.example"), "host-syntax"],
  ["F22 short address", hostOf("127.1"), "host-syntax"],
  ["F23 another authority", target("http://b.example/"), "host-mismatch"],
  ["F23 another port", target("http://a.example:81/"), "host-mismatch"],
  ["F23 userinfo in the target", target("http://u@a.example/"), "host-syntax"],
  ["F23 no authority in the target", target("http:///x"), "host-syntax"],
  ["F24 ftp", target("ftp://a.example/"), "target-form"],
  ["F24 file", target("file:///etc/passwd"), "target-form"],
  ["F24 https on a plain listener", target("https://a.example/"), "target-scheme"],
  ["F24 authority form", target("a.example:80"), "target-form"],
  ["F24 no slash", target("x"), "target-form"],
  ["F24 query only", target("?x"), "target-form"],
  ["F24 empty", target(""), "target-form"],
  ["F24 GET *", target("*"), "target-form"],
  ["F24 OPTIONS **", get({ method: "OPTIONS", target: "**" }), "target-form"],
  ["F24 fragment", target("/#x"), "target-character"],
  ["F24 backslash", target("/\\x"), "target-character"],
  ["F24 raw non-ASCII", target("/\xe9"), "target-character"],
  ["F24 tab", target("/\tx"), "target-character"],
  ["F24 space", target("/a b"), "target-character"],
  ["F24 CR LF", target("/\r\nX: y"), "target-character"],
  ["F24 DEL", target("/\x7f"), "target-character"],
  ["F25 backslash host", target("/\\evil.example"), "target-character"],
  ["F26 encoded NUL", target("/%00"), "target-encoded-control"],
  ["F26 encoded NUL in the query", target("/?a=%00"), "target-encoded-control"],
  ["F26 encoded CR LF", target("/%0d%0aSet-Cookie:x"), "target-encoded-control"],
  ["F26 encoded LF, upper case", target("/x%0A"), "target-encoded-control"],
  ["F26 encoded CR LF in the query", target("/?a=%0d%0ab"), "target-encoded-control"],
  ["F27 HTTP/0.9", get({ httpVersion: "0.9", fields: [] }), "version"],
  ["F27 HTTP/2.0 on HTTP/1", get({ httpVersion: "2.0" }), "version"],
  ["F27 HTTP/1.2", get({ httpVersion: "1.2" }), "version"],
  ["F28 TRACE", get({ method: "TRACE" }), "method-refused"],
  ["F28 CONNECT", get({ method: "CONNECT", target: "a.example:443" }), "method-refused"],
  ["F28 PURGE", get({ method: "PURGE" }), "method-refused"],
  ["F28 trace in lower case", get({ method: "trace" }), "method-refused"],
  ["F28 empty method", get({ method: "" }), "method-syntax"],
  ["F28 space in a method", get({ method: "GE T" }), "method-syntax"],
  ["F28 slash in a method", get({ method: "GET/" }), "method-syntax"],
  ["F29 body on GET", field("Content-Length", "3"), "body-not-allowed"],
  ["F29 chunked GET", field("Transfer-Encoding", "chunked"), "body-not-allowed"],
  ["F29 body on HEAD", { ...field("Content-Length", "3"), method: "HEAD" }, "body-not-allowed"],
  ["F32 another expectation", post(["Content-Length", "3"], ["Expect", "x"]), "expectation"],
  ["F32 a fuzzy one", post(["Content-Length", "3"], ["Expect", "y 100-continue"]), "expectation"],
  ["F32 a list", post(["Content-Length", "3"], ["Expect", "100-continue, x"]), "expectation"],
  [
    "F32 two lines",
    post(["Content-Length", "3"], ["Expect", "100-continue"], ["Expect", "100-continue"]),
    "expectation",
  ],
  ["F32 on GET", field("Expect", "100-continue"), "expectation"],
  ["F32 empty", post(["Content-Length", "3"], ["Expect", ""]), "expectation"],
  ["F34 a long URL", target(`/${"a".repeat(8_192)}`), "url-too-long"],
  [
    "F34 a long request line",
    get({ method: "A".repeat(100), target: `/${"a".repeat(8_150)}` }),
    "request-line-too-long",
  ],
  ["F34 a long field line", field("X", "a".repeat(8_190)), "field-line-too-long"],
  ["F34 a long name", field("X".repeat(8_200), ""), "field-line-too-long"],
  [
    "F34 a long head",
    get({ fields: [host, ["A", "a".repeat(8_000)], ["B", "b".repeat(8_000)], ["C", "c".repeat(500)]] }),
    "head-too-long",
  ],
  [
    "F34 101 fields",
    get({ fields: [host, ...Array.from({ length: 100 }, (): FieldLine => ["X", "y"])] }),
    "too-many-fields",
  ],
  ["a body over the limit", length("1001"), "body-too-large"],
];

describe("the guard refuses", () => {
  test("at least a hundred inputs are tried", () => {
    expect(refusals.length).toBeGreaterThanOrEqual(100);
  });
  test.each(refusals)("%s", (_name, raw, reason) => {
    expect(guardRequest(raw, options)).toEqual({ kind: "refused", status: REFUSALS[reason][0], reason });
  });
});

const http2: GuardOptions = { ...options, protocol: "http2", scheme: "https" };

function stream(change: Partial<RawRequestHead>): RawRequestHead {
  return { method: "GET", target: "/", httpVersion: "2.0", authority: "a.example", fields: [], ...change };
}

const http2Refusals: readonly (readonly [string, RawRequestHead, RefusalReason])[] = [
  ["an upper-case name", stream({ fields: [["Accept", "x"]] }), "connection-field"],
  ["Connection", stream({ fields: [["connection", "close"]] }), "connection-field"],
  ["Transfer-Encoding", stream({ fields: [["transfer-encoding", "chunked"]] }), "connection-field"],
  ["Upgrade", stream({ fields: [["upgrade", "x"]] }), "connection-field"],
  ["TE but trailers", stream({ fields: [["te", "gzip"]] }), "connection-field"],
  ["CR LF in a value", stream({ fields: [["x", "a\r\nb"]] }), "field-value"],
  ["a pseudo field", stream({ fields: [[":path", "/"]] }), "field-name"],
  ["Host unlike :authority", stream({ fields: [["host", "b.example"]] }), "host-mismatch"],
  ["an absolute target", stream({ target: "https://a.example/" }), "target-form"],
  ["a body on GET", stream({ streamOpen: true }), "body-not-allowed"],
];

describe("the guard refuses in HTTP/2", () => {
  test.each(http2Refusals)("F35 %s", (_name, raw, reason) => {
    expect(guardRequest(raw, http2)).toEqual({ kind: "refused", status: REFUSALS[reason][0], reason });
  });
  test("but not an ordinary request", () => {
    const decision = guardRequest(stream({ fields: [["te", "trailers"]], method: "POST", streamOpen: true }), http2);
    expect(decision).toMatchObject({ kind: "accepted", hasBody: true, head: { authority: "a.example" } });
  });
});

const targets: readonly (readonly [sent: string, kept: string])[] = [
  ["/", "/"],
  ["//evil.example/x", "//evil.example/x"],
  ["/a/../b/./c", "/a/../b/./c"],
  ["/%2e%2e/%2F;x=1?q=%252e", "/%2e%2e/%2F;x=1?q=%252e"],
  ["/?", "/?"],
  ["/a?b=c?d|{}[]^'\"<>`", "/a?b=c?d|{}[]^'\"<>`"],
  ["/%c0%ae", "/%c0%ae"],
  ["http://a.example", "/"],
  ["HTTP://A.EXAMPLE:80/x?y", "/x?y"],
  ["http://a.example?x", "/?x"],
];

describe("the guard accepts", () => {
  test.each(targets)("the target %s and keeps it as %s", (sent, kept) => {
    expect(guardRequest(target(sent), options)).toMatchObject({
      kind: "accepted",
      head: { target: kept, authority: "a.example", scheme: "http" },
    });
  });
  test("names in lower case, values trimmed of spaces and tabs, order kept", () => {
    const raw = get({ fields: [host, ["X-B", " \tb\t "], ["X-A", "\xe9"], ["X-B", ""]] });
    expect(guardRequest(raw, options)).toMatchObject({
      head: {
        fields: [
          ["host", "a.example"],
          ["x-b", "b"],
          ["x-a", "\xe9"],
          ["x-b", ""],
        ],
      },
    });
  });
  test("OPTIONS *", () => {
    expect(guardRequest(get({ method: "OPTIONS", target: "*" }), options)).toMatchObject({ head: { target: "*" } });
    expect(guardRequest(get({ method: "OPTIONS", target: "http://a.example" }), options)).toMatchObject({
      head: { target: "*" },
    });
  });
  test("any other method that is a token", () => {
    for (const method of ["M-SEARCH", "get", "QUERY", "FOO", "PROPFIND"]) {
      expect(guardRequest(get({ method }), options).kind).toBe("accepted");
    }
  });
  test("a body by length or by chunks, on DELETE too", () => {
    expect(guardRequest(length("3"), options)).toMatchObject({ hasBody: true, bodyBytes: 3 });
    expect(guardRequest(coding("Chunked"), options)).toMatchObject({ hasBody: true, bodyBytes: undefined });
    expect(guardRequest({ ...length("3"), method: "DELETE" }, options)).toMatchObject({ hasBody: true });
    expect(guardRequest(length("0"), options)).toMatchObject({ hasBody: false, bodyBytes: undefined });
    expect(guardRequest(field("Content-Length", "0"), options)).toMatchObject({ hasBody: false });
  });
  test("100-continue, in any case, and ignores Expect in HTTP/1.0", () => {
    const raw = post(["Content-Length", "3"], ["Expect", "100-Continue"]);
    expect(guardRequest(raw, options)).toMatchObject({ expectsContinue: true });
    expect(guardRequest({ ...raw, httpVersion: "1.0" }, options)).toMatchObject({ expectsContinue: false });
  });
  test("Upgrade without upgrading, and closes afterwards", () => {
    expect(guardRequest(field("Upgrade", "h2c"), options)).toMatchObject({ closeAfterwards: true });
    expect(guardRequest(get({}), options)).toMatchObject({ closeAfterwards: false });
  });
  test("names with an underscore that look like nothing dangerous", () => {
    expect(guardRequest(field("my_field", "x"), options).kind).toBe("accepted");
  });
  test("Connection naming end-to-end fields: they are the forwarder's to keep", () => {
    expect(guardRequest(field("Connection", "close, Host"), options).kind).toBe("accepted");
  });
  test("encoded line breaks in a query where a site wants them, never in a path", () => {
    const lenient: GuardOptions = { ...options, encodedLineBreaksInQuery: "pass" };
    expect(guardRequest(target("/?text=a%0D%0Ab"), lenient).kind).toBe("accepted");
    expect(guardRequest(target("/a%0A?b"), lenient).kind).toBe("refused");
    expect(guardRequest(target("/?a=%00"), lenient).kind).toBe("refused");
  });
  test("a hundred fields and a URL just within its limit", () => {
    const fields = [host, ...Array.from({ length: 99 }, (): FieldLine => ["X", "y"])];
    expect(guardRequest(get({ fields, target: `/${"a".repeat(8_000)}` }), options).kind).toBe("accepted");
  });
});
