/** The first word chooses the command; help, mistakes and failures have their exit codes and their streams. */
import { describe, expect, it } from "vitest";
import { CommandFailure, defineCommand, UsageError } from "./args.ts";
import { COMMANDS } from "./commands.ts";
import { dispatch, type Registry } from "./dispatch.ts";

const edge = defineCommand({
  summary: "one caching reverse proxy",
  help: "Fetches from the origin and keeps what it may.",
  flags: {
    origin: { kind: "url", required: true, help: "The server behind it." },
    memory: { kind: "size", default: "256mb", min: "1mb", env: "EDGE_MEMORY", help: "How much is kept." },
  },
  examples: ["edge --origin http://127.0.0.1:3000"],
  run: async ({ flags }) => {
    if (flags.memory === 2 ** 20) throw new UsageError("--memory is too little for this disk");
    if (flags.origin.port === "81") throw new CommandFailure("port 81 is taken; stop what listens there");
    if (flags.origin.port === "82") throw new TypeError("a bug");
    return flags.origin.port === "83" ? 1 : 0;
  },
});
const registry: Registry = { edge: async () => ({ command: edge }), router: async () => ({ command: edge }) };

async function run(...words: string[]): Promise<{ code: number; out: string; error: string }> {
  let [out, error] = ["", ""];
  const code = await dispatch(registry, words, {
    out: (text) => {
      out += text;
    },
    error: (text) => {
      error += text;
    },
    env: {},
    version: "1.2.3",
  });
  return { code, out, error };
}

describe("help", () => {
  it.each([[[]], [["--help"]], [["-h"]], [["help"]]])("antipode %j lists the commands on stdout", async (words) => {
    const { code, out, error } = await run(...words);
    expect({ code, error }).toEqual({ code: 0, error: "" });
    expect(out).toMatch(/^ {2}edge +one caching reverse proxy$/m);
  });

  it("of a command is made from its flags, the same in both ways", async () => {
    const { code, out } = await run("help", "edge");
    expect(code).toBe(0);
    expect(out).toContain("Usage: antipode edge --origin URL [flags]\n");
    expect(out).toMatch(
      /^ {2}--memory SIZE +How much is kept\. \(default 256mb; at least 1mb; or EDGE_MEMORY in the$/m,
    );
    expect(out).toContain("  antipode edge --origin http://127.0.0.1:3000\n");
    expect((await run("edge", "--help")).out).toBe(out);
  });

  it("--version prints the version", async () => {
    expect(await run("--version")).toEqual({ code: 0, out: "antipode 1.2.3\n", error: "" });
  });

  it("every registered command has a help whose lines fit a terminal", async () => {
    for (const [name, load] of Object.entries(COMMANDS)) {
      const words: string[] = [];
      const code = await dispatch({ [name]: load }, [name, "--help"], {
        out: (text) => words.push(text),
        error: (text) => words.push(text),
        env: {},
        version: "1",
      });
      expect(code).toBe(0);
      for (const line of words.join("").split("\n")) expect(line.length, line).toBeLessThanOrEqual(100);
    }
  });
});

describe("mistakes", () => {
  it.each([
    [["egde"], 'antipode: unknown command "egde"; did you mean edge?\nantipode --help lists the commands.\n'],
    [["constructor"], 'antipode: unknown command "constructor"\nantipode --help lists the commands.\n'],
    [
      ["help", "rooter"],
      'antipode: unknown command "rooter"; did you mean router?\nantipode --help lists the commands.\n',
    ],
    [
      ["--origin", "x"],
      "antipode: the command comes before its flags; --origin stands first\nantipode --help lists the commands.\n",
    ],
    [["edge"], "antipode edge: --origin URL is required\nantipode help edge lists the flags.\n"],
    [
      ["edge", "--origin", "http://h", "--memory", "1mb"],
      "antipode edge: --memory is too little for this disk\nantipode help edge lists the flags.\n",
    ],
  ])("antipode %j exits 2 and says what to do", async (words, error) => {
    expect(await run(...words)).toEqual({ code: 2, out: "", error });
  });

  it("a failure that the user can act on is one line and exit code 1", async () => {
    const error = "antipode edge: port 81 is taken; stop what listens there\n";
    expect(await run("edge", "--origin", "http://h:81")).toEqual({ code: 1, out: "", error });
  });

  it("a bug of ours is not dressed up", async () => {
    await expect(run("edge", "--origin", "http://h:82")).rejects.toThrow(TypeError);
  });

  it("the command's exit code is the program's", async () => {
    expect((await run("edge", "--origin", "http://h:83")).code).toBe(1);
    expect((await run("edge", "--origin", "http://h:84")).code).toBe(0);
  });
});
