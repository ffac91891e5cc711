/** The shape of files: their size, their first comment, what they export and how that is explained. */
import {
  isExportAssignment,
  isExportDeclaration,
  isNamedExports,
  isVariableStatement,
  type Node,
  SyntaxKind,
} from "typescript/unstable/ast";
import { isTest, lineAt, lineOf, type Offence, type ParsedFile, walk } from "./source.ts";

/** The hard limits; what we aim at is half of it (CONTRIBUTING.md). */
const MAX_FILE_LINES = 300;
const MAX_FUNCTION_LINES = 60;

const FUNCTIONS = new Set([
  SyntaxKind.ArrowFunction,
  SyntaxKind.Constructor,
  SyntaxKind.FunctionDeclaration,
  SyntaxKind.FunctionExpression,
  SyntaxKind.GetAccessor,
  SyntaxKind.MethodDeclaration,
  SyntaxKind.SetAccessor,
]);

/** Files too long, functions too long, no first comment, default exports, barrels, undocumented exports. */
export function shapeOffences(file: ParsedFile): Offence[] {
  const offences: Offence[] = [];
  const report = (line: number, rule: string, message: string) => {
    offences.push({ path: file.path, line, rule, message });
  };
  const lines = lineAt(file, file.text.trimEnd().length);
  if (lines > MAX_FILE_LINES) report(lines, "file-length", `${lines} lines; the limit is ${MAX_FILE_LINES}`);
  if (!/^(#!.*\n)?\s*\/[/*]/.test(file.text))
    report(1, "first-comment", "the first comment must say what the file does");
  walk(file.tree, (node) => {
    if (FUNCTIONS.has(node.kind)) checkFunction(file, node, report);
  });
  file.tree.statements.forEach((statement, index) => {
    checkExport(file, statement, report);
    if (isTest(file.path) || !hasModifier(statement, SyntaxKind.ExportKeyword)) return;
    // Of overloads the first is explained.
    const name = nameOf(statement);
    const before = file.tree.statements[index - 1];
    if (before !== undefined && name !== "" && nameOf(before) === name) return;
    if (!hasDocComment(file, statement)) report(lineOf(file, statement), "doc-comment", `${name} has no doc comment`);
  });
  return offences;
}

type Report = (line: number, rule: string, message: string) => void;

function checkFunction(file: ParsedFile, node: Node, report: Report): void {
  // Suites are one function each by nature.
  if (isTest(file.path)) return;
  const first = lineOf(file, node);
  const lines = lineAt(file, node.end) - first + 1;
  if (lines > MAX_FUNCTION_LINES)
    report(first, "function-length", `${lines} lines; the limit is ${MAX_FUNCTION_LINES}`);
}

function checkExport(file: ParsedFile, statement: Node, report: Report): void {
  const isDefault = isExportAssignment(statement) || hasModifier(statement, SyntaxKind.DefaultKeyword);
  // Workers and tools that read a config file demand one.
  if (isDefault && !/(^|\/)(worker|[a-z.]+\.config)\.ts$/.test(file.path)) {
    report(lineOf(file, statement), "default-export", "exports have names");
  }
  if (isExportDeclaration(statement) && statement.moduleSpecifier !== undefined) {
    const named = statement.exportClause !== undefined && isNamedExports(statement.exportClause);
    if (!named)
      report(lineOf(file, statement), "barrel", "export * hides where things come from; import from the file itself");
  }
}

function hasModifier(node: Node, kind: SyntaxKind): boolean {
  if (!("modifiers" in node) || !Array.isArray(node.modifiers)) return false;
  return node.modifiers.some((modifier: Node) => modifier.kind === kind);
}

function nameOf(statement: Node): string {
  const named: Node | undefined = isVariableStatement(statement)
    ? statement.declarationList.declarations[0]
    : statement;
  const name = named !== undefined && "name" in named ? named.name : undefined;
  return typeof name === "object" && name !== null && "text" in name ? String(name.text) : "";
}

/** A doc comment that ends on the line above; one `//` line, as tools want them, may stand between. */
function hasDocComment(file: ParsedFile, statement: Node): boolean {
  const before = file.text.slice(statement.pos, statement.getStart(file.tree));
  return /\/\*\*(?:(?!\*\/)[\s\S])*\*\/[ \t]*\n?[ \t]*$/.test(before.replace(/\n[ \t]*\/\/[^\n]*(?=\n[ \t]*$)/, ""));
}
