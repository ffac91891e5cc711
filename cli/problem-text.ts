/** Problems of a config as text for people: the place, what is wrong, what to do. */
import type { Problem } from "../core/config/problems.ts";
import type { Paint } from "./text.ts";

/** The problems of a file, with a line that counts them. */
export function problemsText(file: string, problems: readonly Problem[], paint: Paint): string {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  const blocks = problems.map(({ path, message, hint }) => {
    const lines = [`  ${paint("bold", path === "" ? "(the whole file)" : path)}`, `    ${message}`];
    if (hint !== undefined) lines.push(`    ${paint("dim", hint)}`);
    return lines.join("\n");
  });
  return `${paint("red", `${file}: ${count}`)}\n\n${blocks.join("\n\n")}\n`;
}
