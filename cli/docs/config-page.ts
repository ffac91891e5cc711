/**
 * docs/config.md: prose by hand, tables of keys from the shapes that check a config. A table stands between
 * `<!-- keys sites.*.origin -->` and `<!-- end -->`; `*` is any name of a map or any item of a list.
 */
import { PRESETS } from "../../core/config/presets.ts";
import { configShape } from "../../core/config/shapes/config-shape.ts";
import type { Description, ObjectDescription } from "../../core/config/shapes/shape.ts";
import { cell } from "./markdown.ts";

const BLOCK = /(<!-- (keys|presets) ?([\w.*]*) -->\n)[\s\S]*?(<!-- end -->)/g;

/** The page with its generated parts made anew. */
export function configPage(page: string): string {
  return page.replace(BLOCK, (_all, open: string, kind: string, path: string, close: string) => {
    const made = kind === "presets" ? presetsTable() : keysTable(objectAt(path));
    return `${open}${made}\n${close}`;
  });
}

/** The paths of all objects that have keys of their own, each object once: each must have its table in the page. */
export function objectPaths(): readonly string[] {
  const paths: string[] = [];
  const seen = new Set<Description>();
  const visit = (description: Description, path: string): void => {
    if (seen.has(description)) return;
    if (description.kind === "list" || description.kind === "map") visit(description.of, below(path, "*"));
    if (description.kind === "either") for (const option of description.options) visit(option, path);
    if (description.kind !== "object") return;
    seen.add(description);
    paths.push(path);
    for (const [key, { of }] of Object.entries(description.keys)) visit(of, below(path, key));
  };
  visit(configShape.description, "");
  return paths;
}

function below(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

function objectAt(path: string): ObjectDescription {
  let found: Description = configShape.description;
  for (const step of path === "" ? [] : path.split(".")) {
    const next: Description | undefined = childOf(found, step);
    if (next === undefined) throw new Error(`docs/config.md: there is no ${step} in ${path}`);
    found = next;
  }
  const object = asObject(found);
  if (object === undefined) throw new Error(`docs/config.md: ${path} has no keys of its own`);
  return object;
}

function childOf(description: Description, step: string): Description | undefined {
  if (step === "*" && (description.kind === "list" || description.kind === "map")) return description.of;
  return asObject(description)?.keys[step]?.of;
}

function asObject(description: Description): ObjectDescription | undefined {
  if (description.kind === "object") return description;
  return description.kind === "either" ? description.options.map(asObject).find(Boolean) : undefined;
}

function keysTable({ keys }: ObjectDescription): string {
  const rows = Object.entries(keys).map(([name, { of, required, default: byDefault, about }]) => {
    const fallback = required ? "required" : (byDefault ?? "");
    return `| \`${name}\` | ${cell(typeText(of))} | ${cell(fallback)} | ${cell(about)} |`;
  });
  return ["| Key | Type | Default | Meaning |", "|---|---|---|---|", ...rows].join("\n");
}

/** A shape in words. */
function typeText(description: Description): string {
  switch (description.kind) {
    case "text":
    case "object":
      return description.what;
    case "choice":
      return description.choices.map((word) => `\`${JSON.stringify(word)}\``).join(", ");
    case "number": {
      const { whole, unit, min, max } = description;
      return `${whole ? "whole number" : "number"}${unit === "" ? "" : ` of ${unit}`}, ${min} … ${max}`;
    }
    case "flag":
      return "true, false";
    case "list":
      return `list: ${typeText(description.of)}`;
    case "pair":
      return "two numbers";
    case "map":
      return `object: ${typeText(description.keys)} → ${typeText(description.of)}`;
    case "either":
      return description.options.map(typeText).join("; or ");
    case "settings":
      return "settings";
    case "anything":
      return "anything";
  }
}

function presetsTable(): string {
  const rows = Object.entries(PRESETS).map(([name, { about, cache, rules }]) => {
    const bypassed = rules.flatMap((rule) => rule.match.paths ?? []);
    const bypass = bypassed.length === 0 ? "" : ` Never cached: ${bypassed.map((path) => `\`${path}\``).join(", ")}.`;
    return `| \`${name}\` | ${cell(about + bypass)} | \`${cell(JSON.stringify(cache))}\` |`;
  });
  return ["| Preset | For | `cache` |", "|---|---|---|", ...rows].join("\n");
}
