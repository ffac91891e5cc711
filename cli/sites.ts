/** `antipode sites`: what site owners do with their config. */
import { textMember } from "../core/ledger/read-json.ts";
import { defineCommand, type FlagValues, UsageError } from "./args.ts";
import { type AskControl, asked, CONTROL_FLAGS, controlClient, print } from "./control/client.ts";
import { appliedText, applyFile, removeSite } from "./sites/apply.ts";
import { check } from "./sites/check.ts";
import { exported, historyOf, historyText, listSites, listText, showSite, showText } from "./sites/views.ts";
import { paintFor } from "./text.ts";

const FLAGS = {
  dryRun: { kind: "boolean", help: "With apply: only check the file; ask nobody and change nothing." },
  site: { kind: "string", placeholder: "NAME", help: "With apply: only this site of the file." },
  ifMatch: {
    kind: "string",
    placeholder: "VERSION",
    help: "With apply, rollback, remove: only if the site still has this version.",
  },
  to: { kind: "string", placeholder: "VERSION", help: "With rollback: the version to return to." },
  ...CONTROL_FLAGS,
} as const;

const VERBS = {
  apply: "FILE",
  list: "",
  show: "NAME",
  history: "NAME",
  rollback: "NAME",
  export: "[NAME]",
  remove: "NAME",
} as const;

type Verb = keyof typeof VERBS;

/** The command. */
export const command = defineCommand({
  summary: "apply, list, show, roll back and export the sites of a fleet",
  help: [
    "apply FILE writes the sites of a config (.ts, .json or .yaml) to the ledger; sites that the file does not name stay as they are. Each is written only if nobody else wrote it meanwhile, and what changed is printed. With --dry-run it only checks the file.",
    "",
    "list · show NAME · history NAME (every version with its author and what it changed) · rollback NAME [--to VERSION] (by default the version before) · export [NAME] (a config file in JSON) · remove NAME.",
    "",
    "Exit code 0: done, 1: refused or not good, 2: bad usage. docs/config.md is the reference of the file.",
  ].join("\n"),
  flags: FLAGS,
  positionals: { usage: "VERB [FILE | NAME]", min: 1, max: 2 },
  examples: [
    "sites apply antipode.config.ts --dry-run",
    "sites apply antipode.config.yaml",
    "sites rollback shop",
    "sites export > antipode.config.json",
  ],
  run: async ({ flags, positionals, json }) => {
    const [verb = "", argument] = positionals;
    if (!isVerb(verb)) throw new UsageError(`"${verb}" is not known; write one of: ${Object.keys(VERBS).join(", ")}`);
    const wanted = VERBS[verb];
    if (argument === undefined && wanted !== "" && !wanted.startsWith("["))
      throw new UsageError(`${verb} needs ${wanted}`);
    if (argument !== undefined && wanted === "") throw new UsageError(`${verb} takes no name, found "${argument}"`);
    if (verb === "apply" && flags.dryRun) return await check(argument ?? "", { json, paint: paintFor(process.stdout) });
    return await RUN[verb](controlClient(flags), { flags, argument: argument ?? "", json });
  },
});

interface Ask {
  readonly flags: FlagValues<typeof FLAGS>;
  readonly argument: string;
  readonly json: boolean;
}

type Run = (ask: AskControl, options: Ask) => Promise<number>;

const RUN: Readonly<Record<Verb, Run>> = {
  apply: async (ask, { flags, argument: file, json }) => {
    const applied = await applyFile(ask, { file, site: flags.site, ifMatch: flags.ifMatch });
    print(json, { file, sites: applied }, () => appliedText(applied, paintFor(process.stdout)));
    return applied.some(({ result }) => result === "refused") ? 1 : 0;
  },
  list: async (ask, { json }) => {
    const sites = await listSites(ask);
    print(json, { sites }, () => listText(sites));
    return 0;
  },
  show: async (ask, { argument: name, json }) => {
    const site = await showSite(ask, name);
    print(json, site, () => showText(site));
    return 0;
  },
  history: async (ask, { argument: name, json }) => {
    const versions = await historyOf(ask, name);
    print(json, { site: name, versions }, () => historyText(versions, paintFor(process.stdout)));
    return 0;
  },
  rollback: async (ask, { flags, argument: name, json }) => {
    const answer = await asked(ask, {
      method: "POST",
      path: `/v1/sites/${encodeURIComponent(name)}/rollback`,
      body: flags.to === undefined ? {} : { version: flags.to },
      headers: flags.ifMatch === undefined ? {} : { "if-match": `"${flags.ifMatch}"` },
    });
    print(json, answer, () => `${name} is back to an earlier config, as version ${textMember(answer, "version")}\n`);
    return 0;
  },
  export: async (ask, { argument: name }) => {
    process.stdout.write(`${JSON.stringify(await exported(ask, name === "" ? undefined : name), undefined, 2)}\n`);
    return 0;
  },
  remove: async (ask, { flags, argument: name, json }) => {
    const position = await removeSite(ask, name, flags.ifMatch);
    print(json, { name, position }, () => `${name} is removed; its history stays\n`);
    return 0;
  },
};

function isVerb(word: string): word is Verb {
  return Object.hasOwn(VERBS, word);
}
