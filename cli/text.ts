/** Text for people: colour where it is wanted, wrapping, and columns. */
import { stripVTControlCharacters, styleText } from "node:util";

/** The styles in use; a word for what they mean would be longer than the word for what they do. */
export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "blue" | "magenta" | "cyan";

/** Puts a style on a text. */
export type Paint = (style: Style, text: string) => string;

/** Colour for `stream`: only when it is a terminal and NO_COLOR is not set (FORCE_COLOR overrules both). */
export function paintFor(stream: NodeJS.WritableStream): Paint {
  return (style, text) => styleText(style, text, { stream, validateStream: true });
}

/** No colour: for files, pipes and tests. */
export const plain: Paint = (_style, text) => text;

/** How many columns a text takes, without its colour codes. */
export function visibleLength(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}

/** Breaks each line of `text` at spaces so that none is wider than `columns`; words longer than that stay whole. */
export function wrap(text: string, columns: number): string[] {
  return text.split("\n").flatMap((line) => wrapLine(line, columns));
}

function wrapLine(line: string, columns: number): string[] {
  const lines: string[] = [];
  let current = "";
  for (const word of line.trimEnd().split(" ")) {
    const longer = current === "" ? word : `${current} ${word}`;
    if (current !== "" && visibleLength(longer) > columns) {
      lines.push(current);
      current = word;
    } else current = longer;
  }
  lines.push(current);
  return lines;
}

/** Rows of two columns, the second wrapped: `  left   right`. */
export function twoColumns(rows: readonly (readonly [left: string, right: string])[], columns: number): string[] {
  const widest = 34;
  const leftWidth = Math.min(widest, Math.max(0, ...rows.map(([left]) => visibleLength(left))));
  return rows.flatMap(([left, right]) => {
    const [first = "", ...rest] = wrap(right, columns - leftWidth - 4);
    const pad = " ".repeat(leftWidth + 4);
    const room = leftWidth - visibleLength(left);
    if (room < 0) return [`  ${left}`, `${pad}${first}`, ...rest.map((line) => pad + line)];
    return [`  ${left}${" ".repeat(room + 2)}${first}`, ...rest.map((line) => pad + line)];
  });
}
