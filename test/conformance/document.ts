/** Makes docs/conformance.md out of the recorded results and the reasons in this folder. */
import { CHECK_GROUPS } from "./checks.ts";
import {
  DECLINED,
  DECLINED_PACKAGED,
  DECLINED_PARTIAL,
  DECLINED_SAFE,
  DECLINED_WORKERS,
  type DeclinedTests,
} from "./declined.ts";
import { CHOICES, type Choice, SAFE_DEPARTURES } from "./departures.ts";
import type { Counts, Published, RunResult } from "./evidence.ts";
import type { Verdict } from "./verdict.ts";

/** What the document is made of. */
export interface Results {
  /** `workers`: the same engine on workerd, in `rfc9111`. */
  readonly newest: { readonly rfc9111: RunResult; readonly safe: RunResult; readonly workers: RunResult };
  readonly packaged: { readonly rfc9111: RunResult; readonly safe: RunResult };
  readonly others: Published;
}

/** The whole document. */
export function conformanceDocument(results: Results): string {
  return `${[
    INTRODUCTION,
    "## Results",
    resultsTable(results),
    resultsText(results),
    "## Declined tests",
    DECLINED_INTRODUCTION,
    declinedTable({ ...DECLINED, ...DECLINED_PARTIAL }),
    "In `safe` also:",
    declinedTable(DECLINED_SAFE),
    "In the packaged edition also, in both profiles:",
    declinedTable(DECLINED_PACKAGED),
    "On Cloudflare Workers also, for what the platform does not do (docs/workers.md):",
    platformTable(DECLINED_WORKERS),
    "## Where `safe` departs from the letter",
    choicesTable(SAFE_DEPARTURES),
    "## What both profiles chose",
    choicesTable(CHOICES),
    NEVER,
    "## What the suite asks without right or wrong",
    checksIntroduction(results.others),
    ...CHECK_GROUPS.map((group) => checkGroup(group, results)),
  ].join("\n\n")}\n`;
}

/** The table of results: ours first, then the others by how many required tests they pass. */
export function resultsTable({ newest, others }: Pick<Results, "newest" | "others">): string {
  const ours = [
    { name: "**Antipode**, `rfc9111`", version: "this one", counts: newest.rfc9111.counts },
    { name: "**Antipode**, `safe`", version: "this one", counts: newest.safe.counts },
    { name: "**Antipode on Workers**, `rfc9111`", version: "this one", counts: newest.workers.counts },
  ];
  const ranked = others.caches.toSorted((a, b) => b.counts.required.passed - a.counts.required.passed);
  const rows = [...ours, ...ranked].map(({ name, version, counts }) => [name, version, ...numbers(counts)]);
  return table(["cache", "version", "required", "optimal", "check: yes"], rows);
}

function numbers({ required, optimal, check }: Counts): string[] {
  return [required, optimal, check].map(({ passed, total }) => `${passed} / ${total}`);
}

const INTRODUCTION = `<!-- Made by \`node test/conformance/table.ts --write\`: change the reasons there, not here. -->

# Conformance

Whether a cache does what HTTP says is measured by [http-cache-tests](https://cache-tests.fyi/), the public suite of one
of the authors of the standard. \`npm run conformance\` runs it against a real edge on loopback; \`-- --profile safe\` chooses the
profile, \`-- --suite DIR\` another edition: a checkout of its repository with its dependencies. A test that passes or fails
unexpectedly fails the run. CI runs the edition that is packaged on npm, in both profiles.

Antipode has two profiles. \`rfc9111\` is the letter of RFC 9111. \`safe\`, the default, is the same but for the departures
listed below, each with its reason.`;

const DECLINED_INTRODUCTION =
  "Tests that we do not pass on purpose, the sentence that decides it, and the scenario (`test/scenario`) that shows what we do instead.";

const NEVER = `## Never

In either profile, and each with scenarios in \`test/scenario/never.test.ts\` and \`test/scenario/sharing.test.ts\`:

- An answer to a request with Authorization is not served to another user unless the origin said \`public\`, \`s-maxage\` or
  \`must-revalidate\`; that holds for shared fetches, for 304s to a client's own condition and for what a 304 makes private.
- In \`safe\`, no stored answer carries Set-Cookie.
- A file extension alone makes nothing storable.
- A body that did not arrive whole is not served as whole.
- A Cache-Control that cannot be read permits nothing.
- A request header that frameworks obey and no key holds does not reach the origin, unless a stored Vary names it: then it
  is part of what selects the response.
- A key of one site never equals another's (\`test/property/keys.test.ts\`).`;

function resultsText({ packaged, others }: Results): string {
  const { required, optimal } = packaged.rfc9111.counts;
  const safe = packaged.safe.counts;
  return `The newest edition. The others' numbers are counted from the results that the suite publishes (${others.caches.length} caches that
stand in front of servers), with the same rules as ours: a test whose prerequisite failed has not passed. In the packaged,
older edition it is ${required.passed} / ${required.total} and ${optimal.passed} / ${optimal.total} in \`rfc9111\`, ${safe.required.passed} / ${safe.required.total} and ${safe.optimal.passed} / ${safe.optimal.total} in \`safe\`: it asks for several things
that the newest has corrected.`;
}

function declinedTable(tests: DeclinedTests): string {
  const reasons = new Map<string, string[]>();
  for (const [id, { source, sentence, why, scenario }] of Object.entries(tests)) {
    const said = sentence === "" ? "" : `${source}: “${sentence}” `;
    const reason = `${said}${why} *Scenario:* ${scenario}.`;
    reasons.set(reason, [...(reasons.get(reason) ?? []), `\`${id}\``]);
  }
  return table(
    ["tests", "why"],
    [...reasons].map(([reason, ids]) => [ids.join(", "), reason]),
  );
}

function platformTable(tests: Readonly<Record<string, string>>): string {
  const reasons = Map.groupBy(Object.keys(tests), (id) => tests[id] ?? "");
  const rows = [...reasons].map(([reason, ids]) => [ids.map((id) => `\`${id}\``).join(", "), reason]);
  return table(["tests", "why"], rows);
}

function choicesTable(choices: readonly Choice[]): string {
  const rows = choices.map(({ what, source, sentence, reason, scenario }) => [
    what,
    sentence === "" ? source : `${source}: “${sentence}”`,
    reason,
    scenario,
  ]);
  return table(["what", "the standard", "reason", "scenario"], rows);
}

function checksIntroduction({ caches }: Published): string {
  return `Our answers, and how many of the other ${caches.length} caches answer yes. “–” means that the test did not come to its question:
it expects something else first, which the group's text tells.`;
}

function checkGroup({ title, reason, tests }: (typeof CHECK_GROUPS)[number], { newest, others }: Results): string {
  const rows = tests.map((id) => [
    `\`${id}\``,
    answer(newest.rfc9111.checks[id]),
    answer(newest.safe.checks[id]),
    `${others.checksYes[id] ?? 0} of ${others.caches.length}`,
  ]);
  return `### ${title}\n\n${reason}\n\n${table(["test", "`rfc9111`", "`safe`", "others: yes"], rows)}`;
}

function answer(verdict: Verdict | undefined): string {
  return verdict === "pass" ? "yes" : verdict === "fail" ? "no" : "–";
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(heads), line(heads.map(() => "---")), ...rows.map(line)].join("\n");
}
