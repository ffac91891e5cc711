/** One engine for all runtimes: nothing but adapters and composition asks which one it runs on. */
import {
  isBinaryExpression,
  isConditionalExpression,
  isIdentifier,
  isIfStatement,
  isStringLiteral,
  isSwitchStatement,
  type Node,
  SyntaxKind,
} from "typescript/unstable/ast";
import { isComposition, isTest, lineOf, type Offence, type ParsedFile, walk } from "./source.ts";

/** What a question about the runtime is made of: its names, and the globals that only one has. */
const RUNTIME_NAME = /workerd|cloudflare|(^|is|on|in|for|[a-z]_)workers?$|^(is|on|in)Node(Js)?$|^runtime$/i;
const RUNTIME_GLOBALS: ReadonlySet<string> = new Set(["navigator", "caches", "WebSocketPair", "Deno", "Bun"]);

const CHOICES: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.AmpersandAmpersandToken,
  SyntaxKind.BarBarToken,
  SyntaxKind.QuestionQuestionToken,
]);

/** Conditions that ask for the runtime. */
export function runtimeOffences(file: ParsedFile): Offence[] {
  const offences: Offence[] = [];
  if (mayAsk(file.path)) return offences;
  const message = "asks which runtime it runs on: let the adapter or the composition hand in what differs";
  walk(file.tree, (node) => {
    const condition = conditionOf(node);
    if (condition === undefined || !asksForRuntime(condition)) return;
    offences.push({ path: file.path, line: lineOf(file, node), rule: "runtime-branch", message });
  });
  return offences;
}

/** Adapters, composition (`edge/worker.ts` and what it is made of, `edge/worker-sites.ts`), tests. */
function mayAsk(path: string): boolean {
  return (
    isTest(path) || isComposition(path) || path.startsWith("runtime/") || /^[a-z]+\/worker-[a-z-]+\.ts$/.test(path)
  );
}

function conditionOf(node: Node): Node | undefined {
  if (isIfStatement(node) || isSwitchStatement(node)) return node.expression;
  if (isConditionalExpression(node)) return node.condition;
  return isBinaryExpression(node) && CHOICES.has(node.operatorToken.kind) ? node.left : undefined;
}

function asksForRuntime(condition: Node): boolean {
  let found = false;
  walk(condition, (node) => {
    if (isIdentifier(node)) found ||= RUNTIME_GLOBALS.has(node.text) || RUNTIME_NAME.test(node.text);
    else if (isStringLiteral(node)) found ||= RUNTIME_NAME.test(node.text);
  });
  return found;
}
