/** Who may import whom: core ← fleet ← origin ← edge; fleet ← router, control; runtime imports core only. */
import path from "node:path";
import {
  isCallExpression,
  isExportDeclaration,
  isImportDeclaration,
  isImportTypeNode,
  isLiteralTypeNode,
  isStringLiteral,
  type Node,
  SyntaxKind,
} from "typescript/unstable/ast";
import { isComposition, isTest, lineOf, type Offence, type ParsedFile, walk } from "./source.ts";

interface Layer {
  /** Folders of this repository, besides its own. */
  readonly folders: readonly string[];
  /** Packages; "*" is any. */
  readonly packages: readonly string[];
  /** Whether `node:` modules may be imported. */
  readonly builtins: boolean;
}

const LAYERS: Readonly<Record<string, Layer>> = {
  core: { folders: [], packages: [], builtins: false },
  fleet: { folders: ["core"], packages: [], builtins: false },
  origin: { folders: ["core", "fleet"], packages: [], builtins: false },
  "origin/demo": { folders: ["core"], packages: [], builtins: true },
  edge: { folders: ["core", "fleet", "origin"], packages: [], builtins: false },
  router: { folders: ["core", "fleet"], packages: [], builtins: false },
  control: { folders: ["core", "fleet"], packages: ["hono", "zod"], builtins: true },
  "runtime/memory": { folders: ["core"], packages: ["*"], builtins: false },
  "runtime/node": { folders: ["core", "runtime/memory"], packages: ["*"], builtins: true },
  "runtime/workers": { folders: ["core", "runtime/memory"], packages: ["*"], builtins: false },
};

/** Imports that go against the direction of the layers. */
export function layeringOffences(file: ParsedFile): Offence[] {
  const offences: Offence[] = [];
  for (const { specifier, node } of importsOf(file)) {
    const message = problemOf(file.path, specifier);
    if (message !== undefined) offences.push({ path: file.path, line: lineOf(file, node), rule: "layering", message });
  }
  return offences;
}

function importsOf(file: ParsedFile): { readonly specifier: string; readonly node: Node }[] {
  const found: { specifier: string; node: Node }[] = [];
  walk(file.tree, (node) => {
    const literal = moduleOf(node);
    if (literal !== undefined && isStringLiteral(literal)) found.push({ specifier: literal.text, node });
  });
  return found;
}

function moduleOf(node: Node): Node | undefined {
  if (isImportDeclaration(node) || isExportDeclaration(node)) return node.moduleSpecifier;
  if (isImportTypeNode(node)) return isLiteralTypeNode(node.argument) ? node.argument.literal : undefined;
  return isCallExpression(node) && node.expression.kind === SyntaxKind.ImportKeyword ? node.arguments[0] : undefined;
}

function problemOf(from: string, specifier: string): string | undefined {
  // vitest.config.ts and its like serve the tests.
  if (isTest(from) || /^[a-z]+\.config\.ts$/.test(from)) return undefined;
  const to = specifier.startsWith(".") ? path.posix.join(path.posix.dirname(from), specifier) : undefined;
  const toLayer = to === undefined ? undefined : layerOf(to);
  const fromLayer = layerOf(from);
  if (to !== undefined && isTest(to)) return `${specifier}: nothing but tests imports tests`;
  const wrong = wrongRuntime(from, toLayer, specifier);
  if (wrong !== undefined) return wrong;
  if (isComposition(from)) {
    return toLayer === "cli" && fromLayer !== "cli" ? `${specifier}: only cli/ imports the commands` : undefined;
  }
  const layer = LAYERS[fromLayer];
  if (layer === undefined) return `${from} is in no known layer (test/tidy/layering.ts)`;
  if (toLayer !== undefined) {
    const allowed = toLayer === fromLayer || layer.folders.includes(toLayer);
    // A role's own composition is above it.
    if (to !== undefined && allowed && !isComposition(to)) return undefined;
    return `${specifier}: ${fromLayer}/ may import ${["itself", ...layer.folders].join(", ")} only`;
  }
  return libraryProblem(layer, fromLayer, specifier);
}

function libraryProblem(layer: Layer, name: string, specifier: string): string | undefined {
  if (specifier.startsWith("node:")) return layer.builtins ? undefined : `${specifier}: ${name}/ knows nothing of Node`;
  const allowed = layer.packages.some(
    (known) => known === "*" || specifier === known || specifier.startsWith(`${known}/`),
  );
  return allowed ? undefined : `${specifier}: ${name}/ may use ${layer.packages.join(", ") || "no library"}`;
}

/** A Worker must not load what needs Node, and the other way round. */
function wrongRuntime(from: string, toLayer: string | undefined, specifier: string): string | undefined {
  const onWorkers = from.endsWith("/worker.ts") || from.startsWith("runtime/workers/");
  const onNode = from.endsWith("/node.ts") || from.startsWith("runtime/node/");
  const needsNode = toLayer === "runtime/node" || specifier.startsWith("node:");
  if (onWorkers && needsNode) return `${specifier}: a Worker has no Node`;
  return onNode && toLayer === "runtime/workers" ? `${specifier}: Node has no Workers` : undefined;
}

/** The layer of a path: its first folder, or its first two where those differ. */
function layerOf(filePath: string): string {
  const [first = "", second = ""] = filePath.split("/");
  return Object.hasOwn(LAYERS, `${first}/${second}`) ? `${first}/${second}` : filePath.includes("/") ? first : "";
}
