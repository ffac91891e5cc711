/** `antipode sites list | show | history | export`: what the ledger says of the sites. */
import { configDiff, type Difference } from "../../core/config/config-diff.ts";
import { isJson, type Json } from "../../core/ledger/canonical-json.ts";
import { type Members, textMember } from "../../core/ledger/read-json.ts";
import { type AskControl, asked, listOf, moment, table } from "../control/client.ts";
import type { Paint } from "../text.ts";
import { diffText } from "./apply.ts";

/** All sites, as the API lists them. */
export async function listSites(ask: AskControl): Promise<readonly Members[]> {
  return listOf(await asked(ask, { path: "/v1/sites" }), "sites");
}

/** The list for people. */
export function listText(sites: readonly Members[]): string {
  if (sites.length === 0) return "There are no sites; antipode sites apply FILE makes some.\n";
  const rows = sites.map(({ name, hosts, version, at, author }) => [
    String(name),
    Array.isArray(hosts) ? hosts.join(" ") : "",
    String(version),
    moment(at),
    String(author),
  ]);
  return table([["SITE", "HOSTS", "VERSION", "APPLIED", "BY"], ...rows]);
}

/** One site with its config. */
export async function showSite(ask: AskControl, name: string): Promise<Members> {
  return await asked(ask, { path: `/v1/sites/${encodeURIComponent(name)}` });
}

/** The site for people. */
export function showText({ name, version, at, author, config }: Members): string {
  return `site ${name}, version ${version}, applied ${moment(at)} by ${author}\n${JSON.stringify(config, undefined, 2)}\n`;
}

/** A version, and what it changed. */
export interface VersionWithDiff {
  readonly version: string;
  readonly at: unknown;
  readonly author: string;
  /** From the version before it in this list. */
  readonly diff: readonly Difference[];
}

/** The versions, newest first, each with what it changed. */
export async function historyOf(ask: AskControl, name: string): Promise<readonly VersionWithDiff[]> {
  const versions = listOf(await asked(ask, { path: `/v1/sites/${encodeURIComponent(name)}/history` }), "versions");
  return versions.map((one, index) => ({
    version: textMember(one, "version") ?? "",
    at: one.at,
    author: textMember(one, "author") ?? "",
    diff: configDiff(configOf(versions[index + 1]), configOf(one)),
  }));
}

function configOf(version: Members | undefined): Json | undefined {
  const config = version?.config;
  return isJson(config) ? config : undefined;
}

/** The history for people. */
export function historyText(versions: readonly VersionWithDiff[], paint: Paint): string {
  return versions
    .map(
      ({ version, at, author, diff }) =>
        `${paint("bold", version)} ${moment(at)} by ${author}\n${diffText(diff, paint)}`,
    )
    .join("");
}

/** The sites as a config file has them: what `sites apply` reads. */
export async function exported(ask: AskControl, name: string | undefined): Promise<{ readonly sites: object }> {
  const names = name === undefined ? (await listSites(ask)).map((site) => String(site.name)) : [name];
  const sites: Record<string, unknown> = {};
  for (const one of names) sites[one] = (await showSite(ask, one)).config;
  return { sites };
}
