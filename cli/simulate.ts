/** `antipode simulate`: the production routing code over a scenario, on a virtual clock. */
import { readFile, stat } from "node:fs/promises";
import { readScenario } from "../router/simulate/read-scenario.ts";
import type { Scenario } from "../router/simulate/scenario.ts";
import { simulate } from "../router/simulate/simulate.ts";
import { CommandFailure, defineCommand } from "./args.ts";
import { reasonOf } from "./config-file.ts";
import { jsonPlace } from "./json-place.ts";
import { problemsText } from "./problem-text.ts";
import { simulationText } from "./simulate/table.ts";
import { paintFor } from "./text.ts";

/** A scenario of 20,000 clients and 200 edges has 60 MB. */
const SCENARIO_MAX_BYTES = 400 * 2 ** 20;

/** The command. */
export const command = defineCommand({
  summary: "run the routing decision over a scenario",
  help: "Reads a scenario (edges, clients, true round trips between them, noise, learning, events, load), runs the router's own code over it on a virtual clock, and prints how good its choices are beside those of the great circle and of an oracle. The same scenario gives the same result. docs/latency.md has the format. Exit code 0: done, 1: the scenario is not good, 2: bad usage.",
  flags: {},
  positionals: { usage: "SCENARIO.json", min: 1, max: 1 },
  examples: ["simulate scenario.json", "simulate scenario.json --json"],
  run: async ({ positionals: [file = ""], json }) => {
    const result = simulate(await scenarioOf(file));
    process.stdout.write(json ? `${JSON.stringify(result)}\n` : simulationText(result, paintFor(process.stdout)));
    return 0;
  },
});

async function scenarioOf(file: string): Promise<Scenario> {
  const reading = readScenario(parsed(await textOf(file), file));
  if (reading.kind === "problems") {
    throw new CommandFailure(problemsText(file, reading.problems, paintFor(process.stderr)).trimEnd());
  }
  if (reading.ignored.length > 0) {
    process.stderr.write(`antipode simulate: ${file}: not known here and ignored: ${reading.ignored.join(", ")}\n`);
  }
  return reading.scenario;
}

async function textOf(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > SCENARIO_MAX_BYTES) throw new Error(`it has ${size} bytes; ${SCENARIO_MAX_BYTES} at most`);
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(file));
  } catch (error) {
    throw new CommandFailure(`cannot read ${file}: ${reasonOf(error)}`);
  }
}

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const place = jsonPlace(text);
    const where = place === undefined ? "" : `line ${place.line}, column ${place.column}: `;
    throw new CommandFailure(`${file}: ${where}${place?.problem ?? String(error)}`);
  }
}
