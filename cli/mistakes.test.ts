/** What a tired operator types wrong: each message says what to do next, and no bug of ours is shown. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";

const MAIN = path.join(import.meta.dirname, "main.ts");
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "antipode-mistakes-"));
  mkdirSync(path.join(folder, "empty"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const MISTAKES: readonly (readonly [words: string, code: number, says: string])[] = [
  ["edge --origin http://127.0.0.1:3000 --listen 127.0.0.1:99999", 2, "the highest is 65535"],
  ["edge --origin http://127.0.0.1:3000 --memroy 1gb", 2, "did you mean --memory?"],
  ["edge --origin http://127.0.0.1:3000 --control http://127.0.0.1:1", 2, "give one of --origin URL"],
  ["edge --control http://127.0.0.1:1", 2, "--control needs --join TOKEN"],
  ["edge --control http://127.0.0.1:1 --join gone.token", 1, "there is no file gone.token; control writes join.token"],
  ["edge --control http://127.0.0.1:1 --join empty", 1, "empty is a folder; name the file join.token in it"],
  ["edge --control http://127.0.0.1:1 --join abc", 2, "--join is no join token"],
  ["egde", 2, "did you mean edge?"],
  ["nodes list --token ./gone.token", 1, "there is no file ./gone.token; control writes admin.token"],
  ["nodes list --token empty", 1, "empty is a folder; name the file admin.token in it"],
  ["nodes list --control http://127.0.0.1:1", 1, "say where it is with --control or ANTIPODE_CONTROL"],
  ["route www.example.com", 2, "write for example antipode route 128.59.1.1 --host www.example.com"],
  ["simulate gone.json", 1, "cannot read gone.json: there is no such file"],
  ["simulate empty", 1, "cannot read empty: it is a directory"],
  ["cache verify gone", 1, "there is no folder gone; name the one that the edge was given with --disk"],
  ["cache verify empty", 1, "empty is no store of this version of antipode"],
];

it("says what to do next", async () => {
  const answers = await Promise.all(
    MISTAKES.map(async ([words]) => ({ words, ...(await antipode(...words.split(" "))) })),
  );
  const expected = MISTAKES.map(([words, code, says]) => ({ words, code, error: expect.stringContaining(says) }));
  expect(answers).toEqual(expected);
  for (const { error } of answers) expect(error).not.toMatch(/ENOENT|EISDIR|\bat .*:\d+:\d+/);
}, 30_000);

it("names a port that is taken", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const address = other.address();
  const place = typeof address === "object" ? `127.0.0.1:${address?.port}` : "";
  const { error } = await antipode("control", "--data", "data", "--listen", place);
  other.close();
  expect(error).toContain(`${place} is taken by another program; stop it or choose another port`);
});

function antipode(...words: string[]): Promise<{ code: number; error: string }> {
  return new Promise((resolve) => {
    const { ANTIPODE_CONTROL, ANTIPODE_TOKEN, ANTIPODE_JOIN, ...env } = process.env;
    execFile(
      process.execPath,
      [MAIN, ...words],
      { cwd: folder, env: { ...env, NO_COLOR: "1" } },
      (failure, _, error) => {
        resolve({ code: failure === null ? 0 : Number(failure.code), error });
      },
    );
  });
}
