/** The query that makes the key, and that the origin gets: what is left out of one never reaches the other (FAULTS C03). */
import type { KeyQuery } from "./policy.ts";

/** The target with only the parameters that count. Parameters are split at "&" alone and compared byte by byte. */
export function keptTarget(target: string, keyQuery: KeyQuery): string {
  if (keyQuery.kind === "all") return target;
  const mark = target.indexOf("?");
  if (mark === -1) return target;
  const path = target.slice(0, mark);
  if (keyQuery.kind === "none") return path;
  const { kind, names, sort } = keyQuery;
  const wanted = kind === "allow";
  const kept = target
    .slice(mark + 1)
    .split("&")
    .filter((parameter) => parameter !== "" && names.matches(nameOf(parameter)) === wanted);
  if (kept.length === 0) return path;
  return `${path}?${(sort ? kept.toSorted(byName) : kept).join("&")}`;
}

function nameOf(parameter: string): string {
  const equals = parameter.indexOf("=");
  return equals === -1 ? parameter : parameter.slice(0, equals);
}

/** By name only: the order of several values of one name means something to many servers. */
function byName(left: string, right: string): number {
  const [leftName, rightName] = [nameOf(left), nameOf(right)];
  return leftName < rightName ? -1 : leftName > rightName ? 1 : 0;
}
