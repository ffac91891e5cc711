/**
 * Secrets in a config: `${NAME}` in a value that `requestHeaders.set` gives, or that signs requests to origins, stands for
 * a secret of the node's environment, so that the file holds none and may be committed.
 */
import { keyPath, type Problem, Problems } from "./problems.ts";
import { isPlainObject } from "./shapes/values.ts";

/** A config whose secrets are filled in, and what is wrong with those that are not. */
export interface WithSecrets {
  readonly content: unknown;
  readonly problems: readonly Problem[];
}

/** Where secrets come from. */
export interface SecretSource {
  /** The secret of a name; undefined when nobody has set it. */
  secret(name: string): string | undefined;
  /** What people do to set one. */
  howToSet(name: string): string;
}

const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** What may stand in a field's value (RFC 9110 §5.5), all of ASCII. */
const FIELD_TEXT = /^[\x20-\x7e]+$/;

/** Fills them in. What is no config is left as it is: judging it is for others. */
export function withSecrets(content: unknown, source: SecretSource): WithSecrets {
  const problems = new Problems();
  const filled = mapKey(content, "sites", "", (sites, at) =>
    mapAll(sites, at, (site, path) => filledSite(site, path, source, problems)),
  );
  return { content: filled, problems: problems.list() };
}

/** The same for one site. `path` stands before the places of problems. */
export function siteWithSecrets(site: unknown, path: string, source: SecretSource): WithSecrets {
  const problems = new Problems();
  return { content: filledSite(site, path, source, problems), problems: problems.list() };
}

/** Secrets that a site of a ledger may name on a node that serves other people's sites too: `SECRET_MY_SHOP__ANYTHING` for `my-shop`. */
export function secretPrefix(siteName: string): string {
  return `SECRET_${siteName.toUpperCase().replaceAll("-", "_")}__`;
}

function filledSite(site: unknown, path: string, source: SecretSource, problems: Problems): unknown {
  const ruled = mapKey(site, "rules", path, (rules, rulesPath) => mapRules(rules, rulesPath, source, problems));
  return mapKey(ruled, "origin", path, (origin, originPath) => mapOrigin(origin, originPath, source, problems));
}

function mapRules(rules: unknown, path: string, source: SecretSource, problems: Problems): unknown {
  if (!Array.isArray(rules)) return rules;
  return rules.map((rule: unknown, index) =>
    mapKey(rule, "requestHeaders", `${path}[${index}]`, (edits, editsPath) =>
      mapKey(edits, "set", editsPath, (set, setPath) =>
        mapAll(set, setPath, (value, at) => filledIn(value, at, source, problems)),
      ),
    ),
  );
}

/** Keys of `origin` that hold secrets. Those of `true` must be references: a config is no place for them. */
const ORIGIN_SECRETS: readonly (readonly [part: string, key: string, mustRefer: boolean])[] = [
  ["signature", "secret", true],
  ["bucket", "accessKeyId", false],
  ["bucket", "secretAccessKey", true],
  ["bucket", "sessionToken", true],
];

function mapOrigin(origin: unknown, path: string, source: SecretSource, problems: Problems): unknown {
  return ORIGIN_SECRETS.reduce(
    (changed, [part, key, mustRefer]) =>
      mapKey(changed, part, path, (keys, keysPath) =>
        mapKey(keys, key, keysPath, (value, at) => {
          if (mustRefer && typeof value === "string" && value.search(REFERENCE) === -1) {
            problems.add(at, "a config holds no secrets", `write \${NAME} and set NAME where the edge runs`);
          }
          return filledIn(value, at, source, problems);
        }),
      ),
    origin,
  );
}

function filledIn(value: unknown, path: string, source: SecretSource, problems: Problems): unknown {
  if (typeof value !== "string") return value;
  return value.replaceAll(REFERENCE, (reference, name: string) => {
    const secret = source.secret(name);
    if (secret !== undefined && FIELD_TEXT.test(secret)) return secret;
    // Never the secret itself.
    const wrong = secret === undefined ? "is not set" : "is empty or has characters that no header has";
    problems.add(path, `the secret ${name} ${wrong}`, source.howToSet(name));
    return reference;
  });
}

type Change = (value: unknown, path: string) => unknown;

function mapKey(value: unknown, key: string, path: string, change: Change): unknown {
  if (!isPlainObject(value) || !Object.hasOwn(value, key)) return value;
  return { ...value, [key]: change(value[key], keyPath(path, key)) };
}

function mapAll(value: unknown, path: string, change: Change): unknown {
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, change(member, keyPath(path, key))]));
}
