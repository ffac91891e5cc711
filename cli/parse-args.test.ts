/** Flags are read strictly, all problems at once, and every problem says what to write instead. */
import { describe, expect, it } from "vitest";
import { defineCommand } from "./args.ts";
import { type ParseOutcome, parseArgs } from "./parse-args.ts";

const command = defineCommand({
  summary: "an example",
  help: "Does nothing.",
  flags: {
    listen: { kind: "hostport", required: true, help: "Where to listen." },
    memory: { kind: "size", default: "256mb", min: "1mb", max: "64gb", help: "How much." },
    diskSize: { kind: "size", help: "How much on disk." },
    at: { kind: "place", help: "Where it stands." },
    profile: { kind: "string", choices: ["safe", "rfc9111"], default: "safe", help: "Which rules." },
    control: { kind: "urls", env: "ANTIPODE_CONTROL", help: "Who to follow." },
    ledger: { kind: "url", schemes: ["nats"], help: "Where it is kept." },
    tag: { kind: "list", help: "Which tags." },
    wait: { kind: "duration", help: "How long." },
    port: { kind: "number", min: "1", max: "65535", help: "Which port." },
    wan: { kind: "boolean", help: "With delays." },
  },
  positionals: { usage: "FILE", min: 0, max: 1 },
  run: async () => 0,
});

function parse(line: string, env: Record<string, string> = {}): ParseOutcome {
  return parseArgs(command, line === "" ? [] : line.split(" "), env);
}

function flagsOf(line: string, env: Record<string, string> = {}): object {
  const outcome = parse(`--listen h:1 ${line}`.trim(), env);
  return outcome.kind === "parsed" ? outcome.parsed.flags : { outcome };
}

describe("values", () => {
  it.each([
    ["--listen=[::1]:0", { listen: { host: "::1", port: 0 } }, "an address in brackets"],
    ["--listen 127.0.0.1:8080", { listen: { host: "127.0.0.1", port: 8080 } }, "an address and a port"],
  ])("%s is %j: %s", (line, flags) => {
    expect(parse(line)).toMatchObject({ kind: "parsed", parsed: { flags } });
  });

  it.each([
    ["", { memory: 268_435_456, profile: "safe", wan: false, control: undefined }],
    ["--memory 1gb", { memory: 1_073_741_824 }],
    ["--memory 1.5MiB", { memory: 1_572_864 }],
    ["--disk-size 10g", { diskSize: 10_737_418_240 }],
    ["--at -33.87,151.21", { at: [-33.87, 151.21] }],
    ["--profile rfc9111 --wan", { profile: "rfc9111", wan: true }],
    ["--tag a,b --tag c", { tag: ["a", "b", "c"] }],
    ["--wait 200ms", { wait: 200 }],
    ["--wait 1.5s", { wait: 1500 }],
    ["--wait 7d", { wait: 604_800_000 }],
    ["--wait 0", { wait: 0 }],
    ["--port 65535", { port: 65_535 }],
    ["--ledger nats://user:secret@h:4222", { ledger: new URL("nats://user:secret@h:4222") }],
  ])("%s", (line, flags) => expect(flagsOf(line)).toMatchObject(flags));

  it("urls may be separated by commas and repeated", () => {
    const control = [new URL("http://a:1"), new URL("https://b:2"), new URL("http://c:3")];
    expect(flagsOf("--control http://a:1,https://b:2 --control http://c:3")).toMatchObject({ control });
  });

  it("the environment stands in for a flag, and the flag wins", () => {
    const env = { ANTIPODE_CONTROL: "http://from-env:1" };
    expect(flagsOf("", env)).toMatchObject({ control: [new URL("http://from-env:1")] });
    expect(flagsOf("--control http://from-flag:1", env)).toMatchObject({ control: [new URL("http://from-flag:1")] });
    expect(flagsOf("", { ANTIPODE_CONTROL: "" })).toMatchObject({ control: undefined });
  });

  it("--json is not among the command's own flags", () => {
    expect(parse("--listen h:1 --json file")).toMatchObject({ parsed: { json: true, positionals: ["file"] } });
    expect(flagsOf("--json")).not.toHaveProperty("json");
  });

  it("help wins over every problem", () => {
    expect(parse("--nonsense --help")).toEqual({ kind: "help" });
    expect(parse("-h")).toEqual({ kind: "help" });
  });
});

describe("problems", () => {
  it.each([
    ["", "--listen HOST:PORT is required"],
    ["--lisen h:1", "unknown flag --lisen; did you mean --listen?"],
    ["--listen", "--listen needs a value: HOST:PORT"],
    ["--listen=", "--listen needs a value: HOST:PORT"],
    ["--listen --wan", "--listen needs a value: HOST:PORT"],
    ["--listen h:1 --listen h:2", "--listen is given twice"],
    [
      "--listen 8080",
      '--listen "8080" has no host; write 127.0.0.1:8080 for this machine only, 0.0.0.0:8080 for every network',
    ],
    ["--listen ::1", '--listen "::1" is an IPv6 address without brackets or port; write [::1]:8080'],
    ["--listen http://h:1", '--listen "http://h:1" is a URL; write HOST:PORT, for example 127.0.0.1:8080'],
    ["--listen h:65536", "--listen port 65536 does not exist; the highest is 65535"],
    ["--listen h:1 --wan=yes", "--wan takes no value"],
    ["--listen h:1 --memory 256", '--memory "256" has no unit; write 256mb (or kb, gb, b)'],
    ["--listen h:1 --memory lots", '--memory "lots" is not a size; write for example 256mb or 10gb'],
    ["--listen h:1 --memory 1kb", "--memory is too low; the least is 1mb"],
    ["--listen h:1 --memory 1tb", "--memory is too high; the most is 64gb"],
    ["--listen h:1 --wait 5", '--wait "5" has no unit; write 5s (or ms, m, h, d)'],
    ["--listen h:1 --port 1e3", '--port "1e3" is not a number; write for example 10'],
    ["--listen h:1 --port 0", "--port is too low; the least is 1"],
    ["--listen h:1 --at 91,0", '--at "91,0" is not LAT,LON in degrees; write for example 40.71,-74.01 (New York)'],
    ["--listen h:1 --profile rfc911", '--profile "rfc911" is not known; write safe or rfc9111 (did you mean rfc9111?)'],
    ["--listen h:1 --control localhost:8081", '--control "localhost:8081" has no scheme; write http://localhost:8081'],
    ["--listen h:1 --control ftp://h", '--control "ftp://h" must begin with http:// or https://'],
    ["--listen h:1 --control http://", '--control "http://" is not a URL; write for example http://127.0.0.1:3000'],
    ["--listen h:1 --control http://u:p@h", "--control the URL carries a user name or password; write it without"],
    ["--listen h:1 a b", 'unexpected argument "b"'],
  ])("%s → %s", (line, problem) => {
    expect(parse(line)).toEqual({ kind: "usage", problems: [problem] });
  });

  it("all are told at once", () => {
    expect(parse("--memory 5 --wait x --at y")).toMatchObject({ problems: { length: 4 } });
  });

  it("a missing argument is named, and without any none are taken", () => {
    const flags = {};
    const needing = parseArgs({ flags, positionals: { usage: "URL…", min: 1, max: 5 } }, [], {});
    expect(needing).toEqual({ kind: "usage", problems: ["missing URL…"] });
    expect(parseArgs({ flags }, ["x"], {})).toEqual({
      kind: "usage",
      problems: ['unexpected argument "x"; this command takes flags only'],
    });
  });
});
