/** What is pointed at must be there: links of documents, pages named anywhere; and a decision has a number of its own. */
import path from "node:path";
import { lineAt, type Offence, type TextFile } from "./source.ts";

/** Whether the repository has a file or folder, by its path from the root. */
export type Exists = (filePath: string) => boolean;

/** Links and names of pages of the project that lead nowhere, and decisions that share a number. */
export function linkOffences(files: readonly TextFile[], exists: Exists): Offence[] {
  const texts = new Map(files.map((file) => [file.path, file.text]));
  const prose = files.filter((file) => file.path.endsWith(".md"));
  return [
    ...prose.flatMap((file) => deadLinks(file, texts, exists)),
    ...files.flatMap((file) => deadNames(file, exists)),
    ...misnumbered(prose),
  ];
}

/** The links of one document, line by line; what stands in a code block is no link. */
function deadLinks(file: TextFile, texts: ReadonlyMap<string, string>, exists: Exists): Offence[] {
  const offences: Offence[] = [];
  const lines = withoutCodeBlocks(file.text).split("\n");
  for (const [index, line] of lines.entries()) {
    for (const [, link = ""] of line.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link)) continue;
      const [name = "", anchor] = link.split("#");
      const target = name === "" ? file.path : path.posix.join(path.posix.dirname(file.path), name);
      const report = (message: string) =>
        offences.push({ path: file.path, line: index + 1, rule: "dead-link", message: `${link}: ${message}` });
      if (name !== "" && !exists(target)) report("no such file");
      else if (anchor !== undefined && !anchorsOf(texts.get(target) ?? "").has(anchor)) report("no such heading");
    }
  }
  return offences;
}

/** Pages that a comment, a message or a text names by their path from the root; tests have examples. */
function deadNames(file: TextFile, exists: Exists): Offence[] {
  if (file.path.endsWith(".test.ts")) return [];
  return [...file.text.matchAll(/(?<!\]\(|[\w./-])docs\/[\w/-]+\.md/g)].flatMap(({ 0: name, index }) =>
    exists(name)
      ? []
      : [{ path: file.path, line: lineAt(file, index), rule: "dead-link", message: `${name}: no such file` }],
  );
}

/** The text with its code blocks empty, so that lines keep their numbers. */
function withoutCodeBlocks(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```/gm, (block) => block.replaceAll(/[^\n]/g, ""));
}

/** What the headings of a page are linked by, as GitHub and GitLab make it. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = withoutCodeBlocks(text).matchAll(/^#+ (.*)$/gm);
  const plain = [...headings].map(([, heading = ""]) => heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1"));
  return new Set(
    plain.map((words) =>
      words
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
        .trim()
        .replaceAll(" ", "-"),
    ),
  );
}

/** Decisions whose number another has, or whose title says another. */
function misnumbered(files: readonly TextFile[]): Offence[] {
  const numberOf = ({ path: name }: TextFile) => /^docs\/decisions\/(\d+)-/.exec(name)?.[1];
  return files.flatMap((file) => {
    const number = numberOf(file);
    if (number === undefined) return [];
    const other = files.find((one) => one !== file && numberOf(one) === number);
    const report = (message: string): Offence => ({ path: file.path, line: 1, rule: "decision-number", message });
    if (other !== undefined) return [report(`${other.path} has this number too`)];
    return file.text.startsWith(`# ${Number(number)}. `) ? [] : [report(`its title is not "${Number(number)}. …"`)];
  });
}
