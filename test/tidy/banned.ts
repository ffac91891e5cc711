/** Time, chance and runtimes are banned from pure files: they come in as arguments or through a Clock. */
import {
  isIdentifier,
  isNewExpression,
  isPropertyAccessExpression,
  isTypeReferenceNode,
  type Node,
} from "typescript/unstable/ast";
import { isPure, lineOf, type Offence, type ParsedFile, walk } from "./source.ts";

const GLOBALS = new Set([
  "console",
  "globalThis",
  "performance",
  "process",
  "queueMicrotask",
  "setImmediate",
  "setInterval",
  "setTimeout",
]);
const PURE_MEMBERS: Readonly<Record<string, (member: string) => boolean>> = {
  Date: (member) => member === "UTC" || member === "parse",
  Math: (member) => member !== "random",
};

/** Uses of clocks, chance, timers and consoles in a pure file. */
export function bannedOffences(file: ParsedFile): Offence[] {
  const offences: Offence[] = [];
  if (!isPure(file.path)) return offences;
  walk(file.tree, (node) => {
    const use = bannedUse(node);
    if (use === undefined) return;
    const message = `${use}: pure files take time and chance as arguments or through a Clock`;
    offences.push({ path: file.path, line: lineOf(file, node), rule: "banned-call", message });
  });
  return offences;
}

function bannedUse(node: Node): string | undefined {
  if (!isIdentifier(node) || isNameOf(node, node.parent)) return undefined;
  if (GLOBALS.has(node.text)) return node.text;
  const isPureMember = Object.hasOwn(PURE_MEMBERS, node.text) ? PURE_MEMBERS[node.text] : undefined;
  if (isPureMember === undefined || isTypeReferenceNode(node.parent)) return undefined;
  if (isPropertyAccessExpression(node.parent)) {
    const member = node.parent.name.text;
    return isPureMember(member) ? undefined : `${node.text}.${member}`;
  }
  // `new Date(ms)` is pure, `new Date()` reads the clock; anything else hands the whole object on.
  const hasArguments = isNewExpression(node.parent) && (node.parent.arguments?.length ?? 0) > 0;
  return hasArguments ? undefined : isNewExpression(node.parent) ? "new Date()" : node.text;
}

/** Whether an identifier only names a member or a declaration: `clock.process`, `{ process: 1 }`. */
function isNameOf(node: Node, parent: Node): boolean {
  return ("name" in parent && parent.name === node) || ("propertyName" in parent && parent.propertyName === node);
}
