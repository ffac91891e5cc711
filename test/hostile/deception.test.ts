/**
 * Cache deception and path confusion: a victim with a session is led to a path that some server takes for its own page;
 * the attacker asks for the same bytes afterwards and must not get that page. And the other way round: what an attacker
 * puts under one path must not be found under another. Five servers, each with its own way of reading paths.
 */
import { describe, expect, it } from "vitest";
import type { SiteConfig } from "../../core/config/types.ts";
import type { FieldLine } from "../../core/http/fields.ts";
import type { EdgeSite } from "../../edge/edge.ts";
import { PATH_MODELS, type PathModel } from "./origin-models.ts";
import { type Crack, type OriginModel, partsOfKey, poisonableEdge } from "./poisonable-edge.ts";
import { TRICK_PATHS } from "./poisoning-corpus.ts";

const DATE: FieldLine = ["date", "Thu, 01 Jan 2026 00:00:00 GMT"];

/** What the account page says about itself: everything, nothing, or only when it was changed. */
const ACCOUNT_FIELDS: Readonly<Record<string, readonly FieldLine[]>> = {
  private: [["cache-control", "private, no-store"]],
  silent: [],
  dated: [["last-modified", "Wed, 01 Jan 2025 00:00:00 GMT"]],
  "with a cookie": [["set-cookie", "seen=1"]],
};

/** Rules that owners write, and that deception lives on. */
const SITES: Readonly<Record<string, Partial<SiteConfig>>> = {
  "no rules": {},
  "files by their ending": {
    rules: [{ match: { paths: ["/**/*.css", "/**/*.js", "/**/*.png", "/**/*.svg"] }, cache: { ttlSeconds: 3600 } }],
  },
  "a folder": { rules: [{ match: { paths: ["/static/**"] }, cache: { ttlSeconds: 3600 } }] },
  "a preset": { preset: "wordpress" },
};

const accountOf =
  (path: PathModel, about: readonly FieldLine[]): OriginModel =>
  ({ target, fields }) => {
    const page = path(target);
    if (page !== "/account") return { fields: [DATE, ["cache-control", "max-age=60"]], body: `page ${page}` };
    const session = fields.find(([name]) => name === "cookie")?.[1] ?? "nobody";
    return { fields: [DATE, ["content-type", "text/html; charset=utf-8"], ...about], body: `account of ${session}` };
  };

/** The targets under which an attacker got the victim's page, and how many led there at all. */
async function deceived(config: Partial<SiteConfig>, crack?: Crack) {
  const taken: string[] = [];
  let led = 0;
  for (const [server, path] of Object.entries(PATH_MODELS)) {
    for (const [about, fields] of Object.entries(ACCOUNT_FIELDS)) {
      const { ask } = poisonableEdge(config, accountOf(path, fields), crack);
      for (const target of TRICK_PATHS) {
        const victim = await ask({ target, fields: [["Cookie", "session=alice"]] });
        if (victim.text.includes("alice")) led += 1;
        const attacker = await ask({ target });
        if (attacker.text.includes("alice")) taken.push(`${server}, ${about}: ${target}`);
      }
    }
  }
  return { taken, led };
}

describe("a victim's page", () => {
  it.each(Object.entries(SITES))("is nobody else's: a site with %s", async (_name, config) => {
    const { taken, led } = await deceived(config);
    expect(taken).toEqual([]);
    // The tricks do lead to the page: otherwise the test says nothing.
    expect(led).toBeGreaterThan(200);
  });

  it("is taken by endings where the type of what is stored is not looked at", async () => {
    const hears: Crack["hears"] = (head) => ({
      ...head,
      fields: head.fields.filter(([name]) => name !== "content-type"),
    });
    const { taken } = await deceived(SITES["files by their ending"] ?? {}, { hears });
    expect(taken.length).toBeGreaterThan(20);
    expect(taken.some((found) => found.includes("private"))).toBe(false);
  });

  it("is taken by a folder's rule where paths that name others count as written", async () => {
    const site = (sound: EdgeSite): EdgeSite => ({
      ...sound,
      rulesFor: (request) =>
        sound.rulesFor({ ...request, target: request.target.startsWith("/static/") ? "/static/x" : "/x" }),
    });
    const { taken } = await deceived(SITES["a folder"] ?? {}, { site });
    expect(taken.some((found) => found.endsWith("/static/..%2faccount"))).toBe(true);
    expect(taken.some((found) => found.endsWith("/static/..;/account"))).toBe(true);
  });
});

/** Two ways of writing that a careless key takes for one, and that servers take for two; or the other way round. */
const TWINS: readonly (readonly [attacker: string, victim: string])[] = [
  ["/%61ccount", "/account"],
  ["/ACCOUNT", "/account"],
  ["/account/", "/account"],
  ["//account", "/account"],
  ["/x/../account", "/account"],
  ["/x/%2e%2e/account", "/account"],
  ["/account;v=evil", "/account"],
  ["/account.evil", "/account"],
  ["/account%2fevil", "/account/evil"],
  ["/account%3fevil", "/account?evil"],
  ["/account%252fevil", "/account%2fevil"],
  ["/account%23evil", "/account"],
  ["/account\\evil", "/account/evil"],
  ["/account?", "/account"],
  ["/account?evil=1;x=2", "/account?evil=1"],
];

describe("what is stored under one path", () => {
  const exact: OriginModel = ({ target }) => ({
    fields: [DATE, ["cache-control", "max-age=60"]],
    body: `asked for ${target}`,
  });

  async function mixed(crack?: Crack): Promise<string[]> {
    const found: string[] = [];
    for (const [attacker, victim] of TWINS) {
      const { ask } = poisonableEdge({}, exact, crack);
      await ask({ target: attacker });
      if (!(await ask({ target: victim })).text.endsWith(`asked for ${victim}`)) found.push(attacker);
    }
    return found;
  }

  it("is not found under another one: bytes are compared, and the origin gets the same bytes", async () => {
    expect(await mixed()).toEqual([]);
  });

  it.each(Object.entries(PATH_MODELS))(
    "is found under others where the key is made as %s reads paths",
    async (_name, path) => {
      const key = (text: string): string => path(partsOfKey(text).target);
      expect((await mixed({ key })).length).toBeGreaterThan(4);
    },
  );
});
