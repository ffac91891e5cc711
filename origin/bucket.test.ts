/** Which object a path names, and what is never asked of a bucket. */
import { describe, expect, it } from "vitest";
import { bucketTarget } from "./bucket.ts";

const bucket = {
  name: undefined,
  identity: { accessKeyId: "a", secretAccessKey: "b", region: "r", service: "s3" },
  sessionToken: undefined,
  indexDocument: "index.html",
};

describe("the object of a path", () => {
  it.each([
    ["/a/b.png", "/a/b.png"],
    ["/", "/index.html"],
    ["/docs/", "/docs/index.html"],
    ["/a b", undefined],
    ["/a%20b", "/a%20b"],
    ["/%61", "/a"],
    ["/a+b", "/a%2Bb"],
    ["/a%2bb", "/a%2Bb"],
    ["/a%2Fb", "/a/b"],
    ["/f(1)!*'.txt", "/f%281%29%21%2A%27.txt"],
    ["/b%C3%BCcher", "/b%C3%BCcher"],
    ["/b%c3%bccher~-_.", "/b%C3%BCcher~-_."],
    ["/100%25", "/100%25"],
    ["//twice", "//twice"],
    ["/100%", undefined],
    ["/%zz", undefined],
    ["/a%00b", undefined],
    ["/../secret", undefined],
    ["/a/%2e%2E/b", undefined],
    ["/a/./b", undefined],
    ["/a%2f..%2fb", undefined],
    ["*", undefined],
    ["http://evil.example/a", undefined],
  ])("%s is %s", (target, object) => expect(bucketTarget(target, bucket)).toBe(object));

  it.each([
    "?list-type=2",
    "?acl",
    "?policy",
    "?response-content-type=text/html",
    "?X-Amz-Signature=x",
    "?versionId=1",
  ])("has no query: %s", (query) => {
    expect(bucketTarget(`/a${query}`, bucket)).toBe("/a");
    expect(bucketTarget(`/${query}`, bucket)).toBe("/index.html");
  });

  it("begins with the name of the bucket where the store wants that, and cannot leave it", () => {
    const named = { ...bucket, name: "media" };
    expect(bucketTarget("/a", named)).toBe("/media/a");
    expect(bucketTarget("/", named)).toBe("/media/index.html");
    expect(bucketTarget("/../other/a", named)).toBeUndefined();
  });
});
