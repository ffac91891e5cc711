/**
 * Whether `npm ci` can work from the lock file. npm writes a lock without the per-platform packages that its registry
 * lacks, and says nothing; the next `npm ci` then fails with "Missing … from lock file".
 */

type Dependencies = Readonly<Record<string, string>>;

/** The part of package.json, and of each package in the lock, that is looked at. */
export interface LockedPackage {
  readonly version?: string;
  readonly dependencies?: Dependencies;
  readonly devDependencies?: Dependencies;
  readonly optionalDependencies?: Dependencies;
}

/** The part of package-lock.json that is looked at. */
export interface LockFile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

/** Every reason why `npm ci` would refuse this lock file, one line each. */
export function lockFileProblems(manifest: LockedPackage, lock: LockFile): string[] {
  const root = lock.packages[""] ?? {};
  const problems: string[] = [];
  for (const kind of ["dependencies", "devDependencies", "optionalDependencies"] as const) {
    const names = new Set([...Object.keys(manifest[kind] ?? {}), ...Object.keys(root[kind] ?? {})]);
    for (const name of names) {
      const [wanted, locked] = [manifest[kind]?.[name], root[kind]?.[name]];
      if (wanted !== locked)
        problems.push(`${name}: package.json says ${wanted}, the lock file ${locked}; run npm install`);
    }
  }
  for (const [place, locked] of Object.entries(lock.packages)) {
    const wanted = { ...locked.dependencies, ...locked.optionalDependencies };
    for (const [name, version] of Object.entries(wanted)) {
      const problem = problemWith(lock, place, name, version);
      if (problem !== undefined) problems.push(problem);
    }
  }
  return problems;
}

function problemWith(lock: LockFile, place: string, name: string, version: string): string | undefined {
  const found = resolve(lock, place, name);
  const by = place === "" ? "package.json" : place.replace(/^.*node_modules\//, "");
  if (found === undefined) return `${name} ${version}, wanted by ${by}, is not in the lock file`;
  const exact = /^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version);
  return exact && found.version !== version
    ? `${name}: ${by} wants ${version}, the lock file has ${found.version}`
    : undefined;
}

/** Node's resolution: the nearest node_modules that has it, going up. */
function resolve(lock: LockFile, place: string, name: string): LockedPackage | undefined {
  for (let at = place; ; at = at.slice(0, Math.max(0, at.lastIndexOf("node_modules/") - 1))) {
    const found = lock.packages[`${at === "" ? "" : `${at}/`}node_modules/${name}`];
    if (found !== undefined || at === "") return found;
  }
}
