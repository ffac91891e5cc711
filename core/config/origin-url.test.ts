/** Origin URLs: the spellings that are taken, and those that must not reach a private address. */
import { describe, expect, it } from "vitest";
import { authorityOf, parseOriginUrl, privateKind } from "./origin-url.ts";

describe("an origin URL", () => {
  it.each([
    ["https://o.example", "https o.example 443", "o.example"],
    ["HTTPS://O.Example./", "https o.example 443", "o.example"],
    ["http://o.example:8080", "http o.example 8080", "o.example:8080"],
    ["https://o.example:443", "https o.example 443", "o.example"],
    ["http://o.example:443", "http o.example 443", "o.example:443"],
    ["http://192.0.2.1", "http 192.0.2.1 80", "192.0.2.1"],
    ["http://[2001:DB8:0:0::1]:3000", "http 2001:db8::1 3000", "[2001:db8::1]:3000"],
  ])("%s is %s", (url, parts, authority) => {
    const parsed = parseOriginUrl(url);
    if (parsed.kind === "problem") throw new Error(parsed.problem.message);
    const { scheme, host, port } = parsed.target;
    expect(`${scheme} ${host} ${port}`).toBe(parts);
    expect(authorityOf(parsed.target)).toBe(authority);
  });

  it.each([
    "",
    "o.example",
    "//o.example",
    "https:o.example",
    "ftp://o.example",
    "https://",
    "https:///x",
    "https://u@o.example",
    "https://o.example/x",
    "https://o.example?x",
    "https://o.example#x",
    "https://o.example\\x",
    "https://o.example:0",
    "https://o.example:65536",
    "https://o.example:x",
    "https://o example",
    "https://o.example\n",
    "https://%6f.example",
    "http://2130706433",
    "http://0x7f000001",
    "http://127.1",
    "http://0177.0.0.1",
    "http://[::1",
    "http://[::1%25eth0]",
    "http://１２７.0.0.1",
  ])("%j is refused", (url) => {
    expect(parseOriginUrl(url).kind).toBe("problem");
  });

  it.each([
    ["http://127.0.0.1", "a loopback address"],
    ["http://10.1.2.3", "a private address"],
    ["http://169.254.169.254", "a link-local address"],
    ["http://0.0.0.0", "an unspecified address"],
    ["http://[::1]", "a loopback address"],
    ["http://[::ffff:10.0.0.1]", "a private address"],
    ["http://[64:ff9b::a00:1]", "a private address"],
    ["http://[fd00::1]", "a private address"],
    ["http://localhost", "a loopback name"],
    ["http://a.localhost:3000", "a loopback name"],
    ["https://o.example", undefined],
    ["http://8.8.8.8", undefined],
  ])("%s is %s", (url, kind) => {
    const parsed = parseOriginUrl(url);
    if (parsed.kind === "problem") throw new Error(parsed.problem.message);
    expect(privateKind(parsed.target)).toBe(kind);
  });
});
