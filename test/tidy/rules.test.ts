/** Each tidy rule finds its offence in a small example, and leaves the allowed neighbour alone. */
import { beforeAll, describe, expect, it } from "vitest";
import { findOffences } from "./rules.ts";
import type { Offence } from "./source.ts";

interface Example {
  /** Unique within the table: all examples are parsed together. */
  readonly path: string;
  readonly code: string;
}

interface Case {
  readonly rule: string;
  readonly offends: readonly Example[];
  readonly passes: readonly Example[];
}

const work = ["/wo", "rk/"].join("");
const note = ["TO", "DO"].join("");
const fix = ["FIX", "ME"].join("");
const ignore = ["@ts", "ignore"].join("-");
const expectError = ["@ts", "expect-error"].join("-");
const gonePage = ["docs", "gone.md"].join("/");
const longFunction = (lines: number) => `export const f = () => {\n${"  g();\n".repeat(lines - 2)}};`;

const CASES: readonly Case[] = [
  {
    rule: "layering",
    offends: [
      { path: "core/a1.ts", code: 'import { x } from "../edge/x.ts";' },
      { path: "core/a2.ts", code: 'import type { x } from "../runtime/memory/store.ts";' },
      { path: "core/a3.ts", code: 'import { LRUCache } from "lru-cache";' },
      { path: "core/a4.ts", code: 'const x = await import("node:fs");' },
      { path: "core/a5.ts", code: 'type X = import("../edge/x.ts").X;' },
      { path: "core/a6.ts", code: 'export { x } from "../fleet/x.ts";' },
      { path: "core/a7.ts", code: 'import { x } from "../test/need.ts";' },
      { path: "fleet/a1.ts", code: 'import { x } from "../edge/x.ts";' },
      { path: "origin/a1.ts", code: 'import { x } from "../edge/x.ts";' },
      { path: "router/a1.ts", code: 'import { x } from "../edge/x.ts";' },
      { path: "edge/a1.ts", code: 'import { x } from "./node.ts";' },
      { path: "edge/a2.ts", code: 'import { x } from "../runtime/node/clock.ts";' },
      { path: "edge/worker.ts", code: 'import { x } from "../runtime/node/clock.ts";' },
      { path: "router/worker.ts", code: 'import { x } from "node:dns";' },
      { path: "control/a1.ts", code: 'import { x } from "undici";' },
      { path: "control/a2.ts", code: 'import { x } from "../router/x.ts";' },
      { path: "runtime/node/a1.ts", code: 'import { x } from "../../edge/x.ts";' },
      { path: "runtime/workers/a1.ts", code: 'import { x } from "../node/clock.ts";' },
      { path: "runtime/memory/a1.ts", code: 'import { x } from "node:fs";' },
      { path: "origin/demo/a1.ts", code: 'import { x } from "../../cli/x.ts";' },
      { path: "control/node.ts", code: 'import { x } from "../cli/x.ts";' },
      { path: "unknown/a1.ts", code: 'import { x } from "../core/x.ts";' },
    ],
    passes: [
      { path: "core/b1.ts", code: 'import { x } from "./http/fields.ts";' },
      { path: "edge/b1.ts", code: 'import { x } from "../core/x.ts"; import { y } from "../origin/y.ts";' },
      { path: "edge/b1.test.ts", code: 'import { x } from "../runtime/node/clock.ts"; import "vitest";' },
      {
        path: "edge/node.ts",
        code: 'import { x } from "../runtime/node/clock.ts"; import "node:fs"; import "../cli.ts";',
      },
      { path: "cli/b1.ts", code: 'import { x } from "../edge/node.ts"; import "./b2.ts"; import "anything";' },
      {
        path: "control/b1.ts",
        code: 'import { Hono } from "hono"; import { logger } from "hono/logger"; import "zod";',
      },
      { path: "runtime/node/b1.ts", code: 'import { x } from "../memory/x.ts"; import "undici"; import "node:net";' },
      { path: "test/e2e/b1.ts", code: 'import { x } from "../../cli/x.ts";' },
    ],
  },
  {
    rule: "banned-call",
    offends: [
      { path: "core/c1.ts", code: "const x = Date.now();" },
      { path: "core/c2.ts", code: "const x = new Date();" },
      { path: "core/c3.ts", code: "const x = Math.random();" },
      { path: "edge/c4.ts", code: "const x = performance.now();" },
      { path: "edge/c5.ts", code: "setTimeout(f, 1);" },
      { path: "router/c6.ts", code: "console.log(1);" },
      { path: "fleet/c7.ts", code: "const x = process.env;" },
      { path: "origin/c8.ts", code: 'const x = globalThis["fetch"];' },
      { path: "core/c9.ts", code: "const { random } = Math;" },
      { path: "core/c10.ts", code: "const now = Date.now;" },
    ],
    passes: [
      {
        path: "core/d1.ts",
        code: "const x = new Date(0).toISOString(); const y = Date.parse(z); const w = Math.max(1, 2);",
      },
      { path: "core/d2.ts", code: "const x = { process: 1, console: clock.performance };" },
      { path: "core/d3.test.ts", code: "const x = Date.now();" },
      { path: "origin/node.ts", code: "const x = Date.now();" },
      { path: "origin/demo/d4.ts", code: "console.log(Date.now());" },
    ],
  },
  {
    rule: "runtime-branch",
    offends: [
      { path: "edge/asks1.ts", code: "if (workers) f();" },
      { path: "core/asks2.ts", code: "const x = edge.isWorkers ? 1 : 2;" },
      { path: "origin/asks3.ts", code: 'if (typeof navigator !== "undefined") f();' },
      { path: "router/asks4.ts", code: 'edge.kind === "workerd" && f();' },
      { path: "edge/asks5.ts", code: "switch (edge.runtime) {\n}" },
      { path: "control/asks6.ts", code: "if (isNode) f();" },
    ],
    passes: [
      { path: "control/worker.ts", code: "if (workers) f();" },
      { path: "edge/worker-sites.ts", code: 'if (id === "workers") f();' },
      { path: "runtime/workers/asks7.ts", code: "if (isWorkers) f();" },
      { path: "edge/asks8.ts", code: 'const workers = "workers"; if (node.id === x) f(workers);' },
      { path: "edge/asks8.test.ts", code: "if (workers) f();" },
    ],
  },
  {
    rule: "file-length",
    offends: [{ path: "edge/e1.ts", code: "f();\n".repeat(300) }],
    passes: [{ path: "edge/e2.ts", code: "f();\n".repeat(299) }],
  },
  {
    rule: "function-length",
    offends: [
      { path: "edge/g1.ts", code: longFunction(61) },
      { path: "edge/g2.ts", code: `class C {\n  m() {\n${"    g();\n".repeat(60)}  }\n}` },
    ],
    passes: [
      { path: "edge/g3.ts", code: longFunction(60) },
      { path: "edge/g4.test.ts", code: longFunction(61) },
    ],
  },
  {
    rule: "doc-comment",
    offends: [
      { path: "edge/h1.ts", code: "\nexport const x = 1;" },
      { path: "edge/h2.ts", code: "\n/** One. */\nconst x = 1;\nexport function f() {}" },
      { path: "edge/h3.ts", code: "\n/** Far away. */\n\nexport interface I {}" },
      { path: "edge/h4.ts", code: "\n// Not for tools.\nexport type T = 1;" },
    ],
    passes: [
      { path: "edge/h5.ts", code: "\n/** One. */\nexport const x = 1;\n/**\n * Two.\n */\nexport class C {}" },
      { path: "edge/h6.ts", code: "\n/** One. */\nexport function f(a: 1): 1;\nexport function f(a: 2): 2;" },
      { path: "edge/h7.ts", code: "\nconst x = 1;\nfunction f() {}" },
    ],
  },
  {
    rule: "default-export",
    offends: [
      { path: "edge/i1.ts", code: "/** F. */\nexport default function f() {}" },
      { path: "edge/i2.ts", code: "export default 1;" },
    ],
    passes: [
      { path: "fleet/worker.ts", code: "export default { fetch() {} };" },
      { path: "vitest.config.ts", code: "export default 1;" },
    ],
  },
  {
    rule: "barrel",
    offends: [{ path: "edge/j1.ts", code: 'export * from "./x.ts";' }],
    passes: [{ path: "edge/j2.ts", code: 'export { x } from "./x.ts";' }],
  },
  {
    rule: "leftover-note",
    offends: [
      { path: "edge/k1.ts", code: `// ${fix} later` },
      { path: ".ci/run", code: `# ${fix}` },
    ],
    passes: [
      { path: "CONTRIBUTING.md", code: `No ${fix} stays.` },
      { path: "edge/k2.ts", code: "// fixme as a word of prose" },
    ],
  },
  {
    rule: "note-without-issue",
    offends: [{ path: "edge/l1.ts", code: `// ${note}: later` }],
    passes: [{ path: "edge/l2.ts", code: `// ${note}(#12): later` }],
  },
  {
    rule: "any",
    offends: [
      { path: "edge/m1.ts", code: "let x: any;" },
      { path: "cli/m2.ts", code: "f(x as any);" },
      { path: "edge/m3.test.ts", code: "let x: Map<string, any>;" },
    ],
    passes: [{ path: "edge/m4.ts", code: "let any: unknown; // as any" }],
  },
  {
    rule: "non-null",
    offends: [{ path: "cli/n1.ts", code: "f(x!.y);" }],
    passes: [{ path: "cli/n2.ts", code: "f(!x, x !== y);" }],
  },
  {
    rule: "cast",
    offends: [{ path: "edge/o1.ts", code: "f(x as string);" }],
    passes: [
      { path: "edge/o2.ts", code: "const x = [1] as const;" },
      { path: "cli/o3.ts", code: "f(x as string);" },
    ],
  },
  {
    rule: "suppression",
    offends: [
      { path: "cli/p1.ts", code: `// ${ignore}\nf();` },
      { path: "cli/p2.ts", code: `// ${expectError}\nf();` },
    ],
    passes: [{ path: "cli/p3.ts", code: `// ${expectError} the type of the library lacks it\nf();` }],
  },
  {
    rule: "machine-path",
    offends: [
      { path: "README.md", code: `see ${work}main` },
      { path: "cli/q1.ts", code: `const x = "${work}x";` },
    ],
    passes: [{ path: "cli/q2.ts", code: 'const x = "https://example.com/work/x"; const y = "./work/z";' }],
  },
  {
    rule: "first-comment",
    offends: [{ path: "edge/r1.ts", code: "SELF" }],
    passes: [{ path: "edge/r2.ts", code: "f();" }],
  },
  {
    rule: "dead-link",
    offends: [
      { path: "docs/l1.md", code: "# A\n[gone](gone.md)" },
      { path: "docs/l2.md", code: "# A\n[no such part](l4.md#part-three)" },
      { path: "docs/l3.md", code: "# A\n[no such part](#b)" },
      { path: "core/l1.ts", code: `/** ${gonePage} has more. */` },
    ],
    passes: [
      {
        path: "docs/l4.md",
        code: "# A\n## Part `two`: of 3\n[up](../core/l2.ts), [two](#part-two-of-3), [out](https://a.b/c.md)",
      },
      { path: "docs/l5.md", code: "# A\n[two](l4.md#part-two-of-3)\n```\n[code](gone.md)\n```" },
      { path: "core/l2.ts", code: `/** ${["docs", "l4.md"].join("/")} has more. */` },
    ],
  },
  {
    rule: "decision-number",
    offends: [
      { path: "docs/decisions/0001-a.md", code: "# 1. A" },
      { path: "docs/decisions/0001-b.md", code: "# 1. B" },
      { path: "docs/decisions/0002-c.md", code: "# 3. C" },
    ],
    passes: [{ path: "docs/decisions/0004-d.md", code: "# 4. D" }],
  },
];

/** Every example gets a first comment, so that only what it is about can offend. */
function textOf(example: Example): string {
  if (example.code === "SELF") return "f();\n";
  return example.path.endsWith(".ts") ? `/** An example. */\n${example.code}\n` : example.code;
}

describe("tidy rules", () => {
  let offences: Offence[] = [];
  beforeAll(() => {
    const examples = CASES.flatMap((one) => [...one.offends, ...one.passes]);
    expect(new Set(examples.map((example) => example.path)).size).toBe(examples.length);
    const files = examples.map((example) => ({ path: example.path, text: textOf(example) }));
    offences = findOffences(files, (name) => examples.some((example) => example.path === name));
  });
  const rulesAt = (path: string) => offences.filter((offence) => offence.path === path).map((offence) => offence.rule);

  for (const { rule, offends, passes } of CASES) {
    it.each(offends)(`${rule} is found in $path: $code`, ({ path }) => expect(rulesAt(path)).toContain(rule));
    it.each(passes)(`${rule} is not found in $path: $code`, ({ path }) => expect(rulesAt(path)).not.toContain(rule));
  }

  it("an offence names its line", () => {
    const text = "/** An example. */\nf();\nconst x = Date.now();\n";
    expect(findOffences([{ path: "core/x.ts", text }], () => true)).toMatchObject([{ path: "core/x.ts", line: 3 }]);
  });
});
