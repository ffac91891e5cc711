/** What a site owner may not change alone. */
import { expect, it } from "vitest";
import { reservedChanges } from "./reserved-keys.ts";

const site = (origin: object, ...urls: string[]) => ({ hosts: ["a"], origins: urls.map((url) => ({ url })), origin });
const CERTIFICATE = { tls: { certificateFile: "/c", keyFile: "/k" } };

it.each<[string, unknown, unknown, readonly string[]]>([
  ["a public site", undefined, site({}, "https://a.example"), []],
  ["other public origins", site({}, "https://a.example"), site({ retries: 2 }, "https://b.example"), []],
  ["private origins, at once", undefined, site({ allowPrivate: true }, "http://10.0.0.1"), ["origin.allowPrivate"]],
  ["private origins, later", site({}, "https://a"), site({ allowPrivate: true }, "https://a"), ["origin.allowPrivate"]],
  [
    "the same private origins",
    site({ allowPrivate: true }, "http://a", "http://b"),
    site({ allowPrivate: true }, "http://b"),
    [],
  ],
  [
    "other private origins",
    site({ allowPrivate: true }, "http://a"),
    site({ allowPrivate: true }, "http://b"),
    ["origins"],
  ],
  ["private origins no more", site({ allowPrivate: true }, "http://a"), site({}, "https://b.example"), []],
  [
    "files",
    site({}, "https://a"),
    site(CERTIFICATE, "https://a"),
    ["origin.tls.certificateFile", "origin.tls.keyFile"],
  ],
  ["the same files", site(CERTIFICATE, "https://a"), site(CERTIFICATE, "https://a"), []],
  ["another server name", site(CERTIFICATE, "https://a"), site({ tls: { ...CERTIFICATE.tls, serverName: "b" } }), []],
  ["nonsense", 1, { origins: [1, null], origin: "x" }, []],
])("%s", (_what, before, after, paths) => {
  expect(reservedChanges(before, after).map(({ path }) => path)).toEqual(paths);
});
