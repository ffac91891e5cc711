/** Text for tables of Markdown. */

/** A text as one cell. */
export function cell(text: string): string {
  return text.replace(/\|/g, "\\|").replace(/\s+/g, " ");
}
