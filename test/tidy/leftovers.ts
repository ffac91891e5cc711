/** What must not stay behind: unfinished notes, escapes from the type system, paths of somebody's machine. */
import { isAsExpression, isNonNullExpression, SyntaxKind } from "typescript/unstable/ast";
import { isPure, lineAt, lineOf, type Offence, type ParsedFile, type TextFile, walk } from "./source.ts";

// Written in halves so that this file does not find itself.
const FIX_NOTE = new RegExp(`\\b(${["FIX", "ME"].join("")}|${["XX", "X"].join("")})\\b`);
const WORK_NOTE = new RegExp(`\\b${["TO", "DO"].join("")}\\b(?!.*(#|\\bissue )\\d)`);
const MACHINE_PATH = new RegExp(`(?<![\\w.\\-])/(${["wo", "rk"].join("")}|${["ro", "ot"].join("")}|home/\\w+)/`);

/** Leftovers that can be in any text file; notes are allowed in prose, which explains the rule. */
export function textOffences(file: TextFile): Offence[] {
  const offences: Offence[] = [];
  const isProse = file.path.endsWith(".md");
  file.text.split("\n").forEach((text, index) => {
    const report = (rule: string, message: string) =>
      offences.push({ path: file.path, line: index + 1, rule, message });
    if (!isProse && FIX_NOTE.test(text)) report("leftover-note", "fix it or file an issue");
    if (!isProse && WORK_NOTE.test(text)) report("note-without-issue", "name the issue (#12), or do it");
    if (MACHINE_PATH.test(text)) report("machine-path", "a path of one machine");
  });
  return offences;
}

/** `any`, `!` and, in pure files, casts. */
export function typeOffences(file: ParsedFile): Offence[] {
  const offences: Offence[] = [];
  walk(file.tree, (node) => {
    const report = (rule: string, message: string) =>
      offences.push({ path: file.path, line: lineOf(file, node), rule, message });
    if (node.kind === SyntaxKind.AnyKeyword) report("any", "say what it is, or parse an unknown");
    if (isNonNullExpression(node)) report("non-null", "check for undefined instead of !");
    if (isAsExpression(node) && isPure(file.path) && node.type.getText(file.tree) !== "const") {
      report("cast", "no `as` outside adapters");
    }
  });
  const suppression = /@ts-(ignore|nocheck|expect-error)/g;
  for (const match of file.text.matchAll(suppression)) {
    const rest = file.text.slice(match.index + match[0].length).split("\n", 1)[0] ?? "";
    if (match[1] === "expect-error" && rest.trim().length > 3) continue;
    const message = `${match[0].slice(1)}: only ts-expect-error, and with its reason`;
    offences.push({ path: file.path, line: lineAt(file, match.index), rule: "suppression", message });
  }
  return offences;
}
