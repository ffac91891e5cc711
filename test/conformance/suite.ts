/** Loads http-cache-tests, of either layout: the npm package (older edition) or a checkout of the newest one. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { plainly, type SuiteFetch } from "./plain-fetch.ts";

/** One test as the suite defines it; only what we read. */
export interface SuiteTest {
  readonly id: string;
  readonly name: string;
  readonly kind?: "required" | "optimal" | "check";
  readonly depends_on?: readonly string[];
  readonly browser_only?: boolean;
}

/** What a test came to: true, or the error's name and message. */
export type RawResult = true | readonly [errorName: string, message: string];

/** The suite, ready to run. */
export interface Suite {
  readonly edition: "newest" | "packaged";
  readonly serverScript: string;
  readonly tests: readonly SuiteTest[];
  run(baseUrl: string): Promise<Readonly<Record<string, RawResult>>>;
}

interface TestGroup {
  readonly id: string;
  readonly tests: SuiteTest[];
}

/** The older edition brings its own fetch: the standard one adds `Cache-Control: no-cache` to what it sends. */
function oldFetch(directory: string): SuiteFetch {
  return createRequire(join(directory, "package.json"))("node-fetch");
}

/** Where the npm package lies. */
export function packagedSuite(): string {
  return dirname(createRequire(import.meta.url).resolve("http-cache-tests/package.json"));
}

/** How its client asks. */
export interface ClientOptions {
  /** For no compression, unless a test says otherwise. */
  readonly plain?: boolean;
}

/** Loads the suite in a directory. */
export async function loadSuite(directory: string, { plain = false }: ClientOptions = {}): Promise<Suite> {
  const newest = existsSync(join(directory, "test-engine"));
  const engine = newest ? join(directory, "test-engine") : directory;
  const load = (path: string) => import(pathToFileURL(path).href);
  const groups: TestGroup[] = (await load(join(directory, "tests", "index.mjs"))).default;
  const runner = await load(join(engine, "client", "runner.mjs"));
  const tests = groups.flatMap((group) => group.tests).filter((test) => test.browser_only !== true);
  return {
    edition: newest ? "newest" : "packaged",
    serverScript: join(engine, "server", "server.mjs"),
    tests,
    run: async (baseUrl) => {
      const asIs = newest ? globalThis.fetch : oldFetch(directory);
      const client = plain ? plainly(asIs) : asIs;
      if (newest) {
        // It has no other way in.
        Object.assign(globalThis, { fetch: client });
        await runner.runTests(groups, false, baseUrl);
      } else await runner.runTests(groups, client, false, baseUrl);
      return runner.getResults();
    },
  };
}
