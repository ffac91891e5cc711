/** Which responses are pages under the names of files. */
import { expect, it } from "vitest";
import { isPageNamedLikeFile } from "./page-type.ts";

it.each([
  ["/account/x.css", "text/html; charset=utf-8", true],
  ["/account;x.JS?v=1", "TEXT/HTML", true],
  ["/api/me/x.png", "application/json", true],
  ["/api/me/x.png", "application/problem+json", true],
  ["/app.css", "text/css", false],
  ["/app.css", "text/plain", false],
  ["/app.js.map", "application/json", false],
  ["/page.html", "text/html", false],
  ["/data.json", "application/json", false],
  ["/", "text/html", false],
  ["/a.css/b", "text/html", false],
  ["/a?x=.css", "text/html", false],
])("%s of type %s: %s", (target, type, expected) => {
  expect(isPageNamedLikeFile(target, [["content-type", type]])).toBe(expected);
  expect(isPageNamedLikeFile(target, [])).toBe(false);
});
