/** `antipode sites apply FILE`: writes the sites of a file to the ledger, each guarded against another writer. */
import { compileConfig } from "../../core/config/compile-config.ts";
import { configDiff, type Difference } from "../../core/config/config-diff.ts";
import type { Problem } from "../../core/config/problems.ts";
import { isJson, type Json } from "../../core/ledger/canonical-json.ts";
import { isMembers, textMember } from "../../core/ledger/read-json.ts";
import { CommandFailure } from "../args.ts";
import { readConfigFile } from "../config-file.ts";
import { type Answered, type AskControl, asked, refusalText } from "../control/client.ts";
import { problemsText } from "../problem-text.ts";
import { type Paint, paintFor } from "../text.ts";

/** What became of one site. */
export interface Applied {
  readonly name: string;
  readonly result: "new" | "changed" | "unchanged" | "refused";
  readonly version?: string;
  /** Of the version that was there before. */
  readonly before?: { readonly version: string; readonly author: string; readonly at: unknown };
  readonly diff: readonly Difference[];
  /** Why it was refused. */
  readonly detail?: string;
}

/** What to apply, and with which condition. */
export interface ApplyAsk {
  readonly file: string;
  /** Only this site of the file. */
  readonly site: string | undefined;
  /** The version that must be there, as `sites show` prints it. */
  readonly ifMatch: string | undefined;
}

/** Applies the sites of a file one after the other; one that is refused does not stop the others. */
export async function applyFile(ask: AskControl, { file, site, ifMatch }: ApplyAsk): Promise<readonly Applied[]> {
  const sites = await sitesOf(file);
  const chosen = site === undefined ? [...sites] : [...sites].filter(([name]) => name === site);
  if (chosen.length === 0) {
    const names = [...sites.keys()].join(", ");
    throw new CommandFailure(`${file} has no site ${site}; it has ${names === "" ? "none" : names}`);
  }
  if (ifMatch !== undefined && chosen.length > 1)
    throw new CommandFailure("--if-match speaks of one site: name it with --site");
  const applied: Applied[] = [];
  for (const [name, config] of chosen) applied.push(await applySite(ask, { name, config, ifMatch }));
  return applied;
}

/** Good on the whole, so that hosts of two sites do not collide; written as the file has it, references to secrets included. */
async function sitesOf(file: string): Promise<ReadonlyMap<string, Json>> {
  const read = await readConfigFile(file);
  if (read.kind === "unreadable") throw new CommandFailure(`cannot read ${file}: ${read.reason}`);
  const compiled = compileConfig(read.content, { appliedAtMs: Date.now() });
  if (compiled.kind === "problems") throw failureOf(file, compiled.problems);
  const sites = isMembers(read.content) && isMembers(read.content.sites) ? read.content.sites : {};
  return new Map(
    Object.entries(sites).flatMap(([name, config]) => (isJson(config) ? [[name, plainJson(config)]] : [])),
  );
}

/** Without members that are undefined, which a config in TypeScript may have. */
function plainJson(config: Json): Json {
  const plain: unknown = JSON.parse(JSON.stringify(config));
  return isJson(plain) ? plain : config;
}

function failureOf(file: string, problems: readonly Problem[]): CommandFailure {
  return new CommandFailure(problemsText(file, problems, paintFor(process.stderr)).trimEnd());
}

interface SiteAsk {
  readonly name: string;
  readonly config: Json;
  readonly ifMatch: string | undefined;
}

async function applySite(ask: AskControl, { name, config, ifMatch }: SiteAsk): Promise<Applied> {
  const path = `/v1/sites/${encodeURIComponent(name)}`;
  const present = await presentOf(ask, path);
  const diff = configDiff(present?.config, config);
  const { before } = present ?? {};
  const about = { name, diff, ...(before && { before }) };
  if (diff.length === 0 && (ifMatch === undefined || ifMatch === before?.version))
    return { ...about, result: "unchanged", ...(before && { version: before.version }) };
  const expected = ifMatch ?? before?.version;
  const condition = expected === undefined ? { "if-none-match": "*" } : { "if-match": `"${expected}"` };
  const answer = await ask({ method: "PUT", path, body: config, headers: condition });
  if (answer.status >= 300) return { ...about, result: "refused", detail: detailOf(name, answer) };
  const version = textMember(answer.json, "version");
  return { ...about, result: present === undefined ? "new" : "changed", ...(version !== undefined && { version }) };
}

async function presentOf(ask: AskControl, path: string) {
  const answer = await ask({ path });
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw new CommandFailure(refusalText(path, answer.status, answer.json));
  const { config, at, author, version } = answer.json;
  return { config: isJson(config) ? config : null, before: { version: String(version), author: String(author), at } };
}

function detailOf(name: string, { status, json }: Answered): string {
  const text = refusalText(`site ${name}`, status, json);
  return status === 412 ? `${text}\n  look: antipode sites show ${name}; then apply again` : text;
}

/** What became of the sites, for people. */
export function appliedText(applied: readonly Applied[], paint: Paint): string {
  return applied.map((one) => `${siteLine(one, paint)}\n${diffText(one.diff, paint)}`).join("");
}

function siteLine({ name, result, version, before, detail }: Applied, paint: Paint): string {
  const by = before === undefined ? "" : `, before ${before.version} by ${before.author}`;
  switch (result) {
    case "new":
      return `${paint("green", "new")}       ${paint("bold", name)} ${version}`;
    case "changed":
      return `${paint("green", "changed")}   ${paint("bold", name)} ${version}${by}`;
    case "unchanged":
      return `unchanged ${paint("bold", name)} ${version}`;
    case "refused":
      return `${paint("red", "refused")}   ${paint("bold", name)} ${detail}`;
  }
}

/** Differences, one or two lines a place. */
export function diffText(diff: readonly Difference[], paint: Paint): string {
  return diff
    .flatMap(({ path, before, after }) => [
      ...(before === undefined ? [] : [paint("red", `  - ${labelled(path, before)}`)]),
      ...(after === undefined ? [] : [paint("green", `  + ${labelled(path, after)}`)]),
    ])
    .map((line) => `${line}\n`)
    .join("");
}

function labelled(path: string, value: Json): string {
  return `${path === "" ? "" : `${path}: `}${JSON.stringify(value)}`;
}

/** Removes a site, if it is still the version that was looked at. */
export async function removeSite(ask: AskControl, name: string, ifMatch: string | undefined): Promise<string> {
  const path = `/v1/sites/${encodeURIComponent(name)}`;
  const headers = ifMatch === undefined ? {} : { "if-match": `"${ifMatch}"` };
  const json = await asked(ask, { method: "DELETE", path, headers });
  return textMember(json, "position") ?? "";
}
