/** `antipode purge`: what edges hold of URLs, tags, prefixes, hosts or a whole site is not used any more. */
import { parseHostPattern } from "../core/config/host-pattern.ts";
import { HostIndex } from "../core/config/site-index.ts";
import { purgeUrl } from "../core/ledger/purge-value.ts";
import { type Members, textMember, textsMember } from "../core/ledger/read-json.ts";
import { defineCommand, UsageError } from "./args.ts";
import { type AskControl, asked, CONTROL_FLAGS, controlClient, listOf, print, table } from "./control/client.ts";

/** The command. */
export const command = defineCommand({
  summary: "purge URLs, tags, prefixes, hosts or a whole site from all edges",
  help: [
    "Says which edge has applied it. An edge that cannot be reached applies it before it serves users of the fleet again; purges are never lost.",
    "",
    "A URL covers all its variants, with http and https alike; write it as the cache keys it (sorted, without parameters that the site drops). A prefix ends at a slash or at the end of a path segment.",
  ].join("\n"),
  flags: {
    tag: { kind: "list", placeholder: "TAG", help: "Cache-Tag or Surrogate-Key of the origin's answers." },
    prefix: { kind: "list", placeholder: "URL", help: "Everything below it." },
    host: { kind: "list", placeholder: "HOST", help: "Everything of a host; without a port, on all of its ports." },
    all: { kind: "boolean", help: "Everything of the site." },
    site: { kind: "string", placeholder: "NAME", help: "The site; found by the host of a URL when it is left out." },
    soft: {
      kind: "boolean",
      help: "Stale instead of gone: asked about before its next use, and served while the origin fails where that is allowed.",
    },
    wait: { kind: "duration", default: "5s", help: "How long to wait for the edges." },
    ...CONTROL_FLAGS,
  },
  positionals: { usage: "[URL…]", min: 0, max: 100 },
  examples: ["purge https://www.example.com/a", "purge --tag product-42 --site shop", "purge --all --site shop"],
  run: async ({ flags, positionals: urls, json }) => {
    const { tag, prefix, host, all, soft, wait: waitMs } = flags;
    const kinds = { urls, tags: tag ?? [], prefixes: prefix ?? [], hosts: host ?? [] };
    const named = Object.entries(kinds).filter(([, values]) => values.length > 0);
    if (named.length + (all ? 1 : 0) !== 1)
      throw new UsageError("name one kind: URLs, --tag, --prefix, --host or --all; several of a kind at once");
    const ask = controlClient(flags);
    const site = flags.site ?? (await siteOf(ask, [...urls, ...(prefix ?? []), ...(host ?? [])]));
    const what = all ? { all: true } : Object.fromEntries(named);
    const body = { site, ...what, ...(soft && { soft }), waitMs };
    const receipt = await asked(ask, { method: "POST", path: "/v1/purge", body });
    print(json, receipt, () => receiptText(receipt));
    return listOf(receipt, "edges").every(({ status }) => status === "applied") ? 0 : 1;
  },
});

/** The site whose hosts are named; where none is (tags), the one site that there is. */
async function siteOf(ask: AskControl, places: readonly string[]): Promise<string> {
  const sites = listOf(await asked(ask, { path: "/v1/sites" }), "sites");
  const index = new HostIndex<Members>();
  for (const site of sites) {
    for (const host of textsMember(site, "hosts") ?? []) {
      const pattern = parseHostPattern(host);
      if (pattern !== undefined) index.add(pattern, site);
    }
  }
  const named = places.map((place) => index.find(purgeUrl(place)?.slice(2).split("/", 1)[0] ?? ""));
  const [only, ...others] = new Set(places.length === 0 ? sites : named);
  if (only === undefined || others.length > 0)
    throw new UsageError("which site is not clear from it: --site NAME is needed; antipode sites list shows them");
  return textMember(only, "name") ?? "";
}

function receiptText(receipt: Members): string {
  const edges = listOf(receipt, "edges");
  const head = `purged at ${textMember(receipt, "position")}\n`;
  if (edges.length === 0) return `${head}no edge has joined yet\n`;
  return head + table([["EDGE", "STATUS"], ...edges.map(({ id, status }) => [`${id}`, `${status}`])]);
}
