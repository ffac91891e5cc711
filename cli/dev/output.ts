/** Where `antipode dev` tells what happens: to people on a terminal, or as JSON lines to programs. */
import type { Clock } from "../../core/ports.ts";
import { eventText, omittedText, requestText, type TerminalShape, type Welcome, welcomeText } from "./format.ts";
import { LineBudget } from "./line-budget.ts";
import type { RequestLine } from "./request-lines.ts";
import type { SupervisorEvent } from "./supervisor.ts";

/** What can be told. */
export interface DevOutput {
  ready(welcome: Welcome): void;
  event(event: SupervisorEvent): void;
  request(line: RequestLine): void;
  /** Called several times a second. */
  tick(): void;
  stopping(): void;
  stopped(): void;
}

/** What an output is made of. */
export interface OutputOptions {
  readonly clock: Clock;
  write(text: string): void;
}

/** For people. `shape` is asked each time: windows change their size. */
export function terminalOutput(options: OutputOptions & { shape(): TerminalShape }): DevOutput {
  const budget = new LineBudget();
  const { clock, write, shape } = options;
  const tick = (): void => {
    const omitted = budget.takeOmitted(clock.nowMs());
    if (omitted !== undefined) write(`${shape().paint("dim", omittedText(omitted))}\n`);
  };
  return {
    ready: (welcome) => write(welcomeText(welcome, shape())),
    event: (event) => {
      const text = eventText(event, shape().paint);
      if (text !== undefined) write(`${text}\n`);
    },
    request: (line) => {
      tick();
      if (budget.admit(line, clock.nowMs())) write(`${requestText(line, shape())}\n`);
    },
    tick,
    stopping: () => write("\nEnding all processes …\n"),
    stopped: () => write("All ended.\n"),
  };
}

/** For programs: one object a line, each with `event` and `atMs`. */
export function jsonOutput(options: OutputOptions): DevOutput {
  const tell = (event: string, rest: object): void => {
    options.write(`${JSON.stringify({ event, atMs: options.clock.nowMs(), ...rest })}\n`);
  };
  return {
    ready: ({ programs, siteUrl, statusUrl, inFrontOf }) => {
      for (const { name, url, pid } of programs) tell("started", { name, pid, url });
      tell("ready", { siteUrl, statusUrl, inFrontOf });
    },
    event: (event) => {
      const { kind, ...rest } = event;
      if (kind !== "output") tell(kind, rest);
    },
    request: (line) => tell("request", line),
    tick: () => {},
    stopping: () => tell("stopping", {}),
    stopped: () => tell("stopped", {}),
  };
}
