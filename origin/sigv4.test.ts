/** The signer against the examples that Amazon publishes: "Signature Calculations" of the S3 API reference, and the SigV4 test suite. */
import { describe, expect, it } from "vitest";
import type { Fields } from "../core/http/fields.ts";
import { nodeHashing } from "../runtime/node/hashing.ts";
import { webHashing } from "../runtime/workers/hashing.ts";
import { authorizationV4, EMPTY_PAYLOAD_HASH } from "./sigv4.ts";

const S3 = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  region: "us-east-1",
  service: "s3",
};
const S3_AT_MS = Date.UTC(2013, 4, 24);
const HOST: Fields = [["host", "examplebucket.s3.amazonaws.com"]];
const DATE: Fields = [["x-amz-date", "20130524T000000Z"]];
const EMPTY: Fields = [["x-amz-content-sha256", EMPTY_PAYLOAD_HASH]];
const PUT_HASH = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";

const published = [
  {
    what: "GET of an object with a range",
    request: {
      method: "GET",
      path: "/test.txt",
      query: "",
      fields: [...HOST, ["range", "bytes=0-9"], ...EMPTY, ...DATE],
    },
    names: "host;range;x-amz-content-sha256;x-amz-date",
    signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
  },
  {
    what: "PUT of an object with a character that is encoded",
    request: {
      ...{ method: "PUT", path: "/test%24file.text", query: "", payloadHash: PUT_HASH },
      fields: [
        ...HOST,
        ["date", "Fri, 24 May 2013 00:00:00 GMT"],
        ["x-amz-storage-class", "REDUCED_REDUNDANCY"],
        ["x-amz-content-sha256", PUT_HASH],
        ...DATE,
      ],
    },
    names: "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
    signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
  },
  {
    what: "GET of a subresource",
    request: { method: "GET", path: "/", query: "lifecycle=", fields: [...HOST, ...EMPTY, ...DATE] },
    names: "host;x-amz-content-sha256;x-amz-date",
    signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
  },
  {
    what: "GET of a list",
    request: { method: "GET", path: "/", query: "max-keys=2&prefix=J", fields: [...HOST, ...EMPTY, ...DATE] },
    names: "host;x-amz-content-sha256;x-amz-date",
    signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
  },
] as const;

describe.each([
  ["node:crypto", nodeHashing],
  ["Web Crypto", webHashing],
] as const)("by %s", (_name, hashing) => {
  it.each(published)("$what is signed as published", async ({ request, names, signature }) => {
    const signable = { payloadHash: EMPTY_PAYLOAD_HASH, ...request };
    expect(await authorizationV4(signable, S3, S3_AT_MS, hashing)).toBe(
      `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=${names}, Signature=${signature}`,
    );
  });

  it("get-vanilla of the test suite is signed as published, and keys are not mixed up between days and identities", async () => {
    const identity = {
      ...{ accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" },
      ...{ region: "us-east-1", service: "service" },
    };
    const fields: Fields = [
      ["host", "example.amazonaws.com"],
      ["x-amz-date", "20150830T123600Z"],
    ];
    const request = { method: "GET", path: "/", query: "", fields, payloadHash: EMPTY_PAYLOAD_HASH };
    const atMs = Date.UTC(2015, 7, 30, 12, 36);
    for (let round = 0; round < 2; round += 1) {
      expect(await authorizationV4(request, identity, atMs, hashing)).toMatch(
        /Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31$/,
      );
      await authorizationV4(request, identity, atMs + 86_400_000, hashing);
      await authorizationV4(request, S3, atMs, hashing);
    }
  });
});
