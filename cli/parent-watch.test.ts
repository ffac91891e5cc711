/** The watch over the parent, with a standard input of our own. */
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { PARENT_WATCH_VARIABLE, watchParent } from "./parent-watch.ts";

function watched(env: Record<string, string>) {
  const stdin = new PassThrough();
  const calls: string[] = [];
  watchParent({ env, stdin, stop: () => calls.push("stop"), exit: () => calls.push("exit") });
  return { stdin, calls };
}

async function ended(stdin: PassThrough): Promise<void> {
  stdin.end();
  await new Promise((resolve) => setImmediate(resolve));
}

test("the end of standard input asks the process to stop, once", async () => {
  const { stdin, calls } = watched({ [PARENT_WATCH_VARIABLE]: "1" });
  stdin.write("what the parent says does not matter");
  await new Promise((resolve) => setImmediate(resolve));
  expect(calls).toEqual([]);
  await ended(stdin);
  expect(calls).toEqual(["stop"]);
});

test("without the variable nothing is watched", async () => {
  for (const env of [{}, { [PARENT_WATCH_VARIABLE]: "0" }]) {
    const { stdin, calls } = watched(env);
    stdin.resume();
    await ended(stdin);
    expect(calls).toEqual([]);
  }
});
