/** What of a site only administrators may change: keys that reach into the network and onto the disks of the edges. */
import type { Problem } from "./problems.ts";
import { isPlainObject } from "./shapes/values.ts";

const HINT = "ask an administrator to apply this version";
const FILES = ["authoritiesFile", "certificateFile", "keyFile"];

/** What somebody who is none changes of it, from one version of a site (undefined: there is none) to the next. */
export function reservedChanges(before: unknown, after: unknown): readonly Problem[] {
  const [was, is] = [partOf(before, "origin"), partOf(after, "origin")];
  const problems: Problem[] = [];
  if (is.allowPrivate === true) {
    if (was.allowPrivate !== true) {
      problems.push({
        path: "origin.allowPrivate",
        message: "only an administrator may allow private origins",
        hint: HINT,
      });
    } else if (urlsOf(after).some((url) => !urlsOf(before).includes(url))) {
      const message = "with origin.allowPrivate, only an administrator may name other origins";
      problems.push({ path: "origins", message, hint: HINT });
    }
  }
  const [files, knownFiles] = [partOf(is, "tls"), partOf(was, "tls")];
  for (const key of FILES) {
    if (files[key] === undefined || files[key] === knownFiles[key]) continue;
    problems.push({
      path: `origin.tls.${key}`,
      message: "only an administrator may name files of the edges",
      hint: HINT,
    });
  }
  return problems;
}

function partOf(value: unknown, key: string): Readonly<Record<string, unknown>> {
  const part = isPlainObject(value) ? value[key] : undefined;
  return isPlainObject(part) ? part : {};
}

function urlsOf(site: unknown): readonly unknown[] {
  const origins = isPlainObject(site) && Array.isArray(site.origins) ? site.origins : [];
  return origins.map((origin: unknown) => (isPlainObject(origin) ? origin.url : undefined));
}
