/** `antipode purge`: what edges hold of URLs, tags, prefixes, hosts or a whole site is not used any more. */
import { parseHostPattern } from "../core/config/host-pattern.ts";
import { HostIndex } from "../core/config/site-index.ts";
import { purgeUrl } from "../core/ledger/purge-value.ts";
import { type Members, membersMember, textMember, textsMember } from "../core/ledger/read-json.ts";
import { defineCommand, UsageError } from "./args.ts";
import { type AskControl, asked, CONTROL_FLAGS, controlClient, listOf, print } from "./control/client.ts";
import { allApplied, dryRunText, followReceipt, receiptText } from "./purge/receipt.ts";

/** Control is given up when it does not answer for longer; the rest of a wait is asked about again and again. */
const CONTROL_WAIT_MAX_MS = 5_000;

/** The command. */
export const command = defineCommand({
  summary: "purge URLs, tags, prefixes, hosts or a whole site from all edges",
  help: [
    "Says which edge has applied it, as it happens. An edge that cannot be reached applies it before it serves users of the fleet again; purges are never lost.",
    "",
    "A URL covers all its variants, with http and https alike, under every name that the site's key rules give it. A prefix ends at a slash or at the end of a path segment.",
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
    settle: {
      kind: "duration",
      default: "0s",
      help: "For so long the origin may still give the old answer; what is fetched meanwhile is used until then only.",
    },
    at: { kind: "string", placeholder: "TIME", help: "Purge then, like 2027-01-31T06:00:00Z, once." },
    key: { kind: "string", placeholder: "KEY", help: "Sent again with the same key, it is not done again." },
    dryRun: { kind: "boolean", help: "Only say what it would touch on each edge." },
    wait: { kind: "duration", default: "5s", help: "How long to wait for the edges." },
    ...CONTROL_FLAGS,
  },
  positionals: { usage: "[URL…]", min: 0, max: 100_000 },
  examples: [
    "purge https://www.example.com/a",
    "purge --tag product-42 --site shop",
    "purge --all --site shop --dry-run",
    "purge --tag prices --soft --at 2027-01-31T06:00:00Z",
  ],
  run: async ({ flags, positionals: urls, json }) => {
    const { soft, at, key, dryRun, wait: waitMs, settle: settleMs } = flags;
    const what = named(flags, urls);
    const ask = controlClient(flags);
    const site = flags.site ?? (await siteOf(ask, [...urls, ...(flags.prefix ?? []), ...(flags.host ?? [])]));
    const about = { site, ...what, ...(settleMs > 0 && { settleSeconds: settleMs / 1_000 }) };
    const how = { ...(soft && { soft }), ...(at !== undefined && { at }), ...(dryRun && { dryRun }) };
    const isLive = !json && process.stderr.isTTY;
    const untilMs = performance.now() + waitMs;
    const answer = await asked(ask, {
      method: "POST",
      path: "/v1/purge",
      body: { ...about, ...how, waitMs: isLive ? 0 : Math.min(waitMs, CONTROL_WAIT_MAX_MS) },
      ...(key !== undefined && { headers: { "Idempotency-Key": key } }),
    });
    if (dryRun) {
      print(json, answer, () => dryRunText(answer));
      return 0;
    }
    const scheduled = membersMember(answer, "scheduled");
    if (at !== undefined) {
      print(json, answer, () => `purge ${textMember(scheduled, "id")} is due at ${textMember(scheduled, "at")}\n`);
      return 0;
    }
    const say = isLive ? (line: string) => void process.stderr.write(line) : () => {};
    const receipt = await followReceipt(ask, answer, { untilMs, say });
    print(json, receipt, () => receiptText(receipt));
    return allApplied(receipt) ? 0 : 1;
  },
});

/** What is to be purged: one kind of things. */
function named(
  flags: {
    readonly tag: readonly string[] | undefined;
    readonly prefix: readonly string[] | undefined;
    readonly host: readonly string[] | undefined;
    readonly all: boolean;
  },
  urls: readonly string[],
): object {
  const kinds = { urls, tags: flags.tag ?? [], prefixes: flags.prefix ?? [], hosts: flags.host ?? [] };
  const given = Object.entries(kinds).filter(([, values]) => values.length > 0);
  if (given.length + (flags.all ? 1 : 0) !== 1)
    throw new UsageError("name one kind: URLs, --tag, --prefix, --host or --all; several of a kind at once");
  return flags.all ? { all: true } : Object.fromEntries(given);
}

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
  const found = places.map((place) => index.find(purgeUrl(place)?.slice(2).split("/", 1)[0] ?? ""));
  const [only, ...others] = new Set(places.length === 0 ? sites : found);
  if (only === undefined || others.length > 0)
    throw new UsageError("which site is not clear from it: --site NAME is needed; antipode sites list shows them");
  return textMember(only, "name") ?? "";
}
