/** The question of `antipode why` as it comes over the ledger's feed. */
import { normalAuthority } from "../core/http/authority.ts";
import type { FieldLine } from "../core/http/fields.ts";
import { TOKEN } from "../core/http/guard-fields.ts";
import { isMembers, textMember, textsMember } from "../core/ledger/read-json.ts";
import type { WhyQuestion } from "./why.ts";

/** A question, or undefined when it is none: `{ scheme, authority, target, method?, from?, headers?: ["name: value"] }`. */
export function readWhy(about: unknown): WhyQuestion | undefined {
  if (!isMembers(about)) return undefined;
  const scheme = textMember(about, "scheme") === "https" ? "https" : "http";
  const authority = normalAuthority(textMember(about, "authority") ?? "", scheme);
  const target = textMember(about, "target") ?? "/";
  const method = textMember(about, "method") ?? "GET";
  if (authority === undefined || !target.startsWith("/") || !TOKEN.test(method)) return undefined;
  const fields = (textsMember(about, "headers") ?? []).flatMap((line): FieldLine[] => {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).trim().toLowerCase();
    return colon > 0 && TOKEN.test(name) ? [[name, line.slice(colon + 1).trim()]] : [];
  });
  return {
    head: { method, scheme, authority, target, fields },
    clientAddress: textMember(about, "from") ?? "192.0.2.1",
  };
}
