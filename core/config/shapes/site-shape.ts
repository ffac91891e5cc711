/** What a site may hold. */
import { parseOriginUrl, privateKind } from "../origin-url.ts";
import type { SiteConfig, SiteRoutingConfig } from "../types.ts";
import { cacheShape } from "./cache-shape.ts";
import { edgeHostsText, hostPatternText, nameText } from "./formats.ts";
import { object, together } from "./object.ts";
import { originShape, poolShape } from "./origin-shape.ts";
import { ruleShape } from "./rule-shape.ts";
import type { KeyProblem } from "./shape.ts";
import { choice, flag, list, number } from "./values.ts";

/** Rules of one site. */
export const RULES_MAX = 1000;
/** Host names of one site. */
export const HOSTS_MAX = 1000;
/** Origin servers of one site. */
export const ORIGINS_MAX = 64;

const siteRoutingShape = object<SiteRoutingConfig>("the routing of a site", {
  regions: {
    shape: list(nameText("a region"), { minItems: 1, maxItems: 100 }),
    about: "Only edges of these regions serve the site, even when all of them are down.",
  },
  failClosed: {
    shape: flag,
    default: "`false`",
    about: "Answer 503 rather than send a user to an edge that is not well.",
  },
});

/** A site. */
export const siteShape = object<SiteConfig>(
  "a site",
  {
    hosts: {
      shape: list(hostPatternText, { minItems: 1, maxItems: HOSTS_MAX }),
      required: true,
      about:
        "Names of the site: exact (`www.example.com`), all names below one (`*.example.com`, which is not `example.com`), or `*` for what no other site has. The most specific wins. A port, if any, must be met too.",
    },
    origins: {
      shape: list(originShape, { minItems: 1, maxItems: ORIGINS_MAX }),
      required: true,
      about: "The servers that hold the truth.",
    },
    origin: { shape: poolShape, about: "How they are asked." },
    cache: { shape: cacheShape, about: "How responses are kept, where no rule says otherwise." },
    rules: {
      shape: list(ruleShape, { maxItems: RULES_MAX }),
      default: "`[]`",
      about: "What is different for some requests. See “Rules”.",
    },
    preset: {
      shape: choice("static-site", "wordpress", "api", "media"),
      about: "A ready-made set of cache settings and rules. What the site says itself wins. See “Presets”.",
    },
    profile: {
      shape: choice("safe", "rfc9111"),
      default: '`"safe"`',
      about: '`"rfc9111"` is the letter of the standard; `"safe"` is more careful where origins are usually mistaken.',
    },
    whenUnconfirmed: {
      shape: choice("serve", "revalidate", "refuse"),
      default: '`"serve"`',
      about:
        "Reserved: what an edge is to do that has not heard from control for `maxLagSeconds`, since a purge might be unknown to it. It is checked and kept, and no edge acts by it yet: each serves what it has.",
    },
    maxLagSeconds: {
      shape: number({ unit: "seconds", min: 1, max: 86_400 }),
      default: "setting `whenUnconfirmedAfterSeconds`: 30",
      about:
        "Reserved: time without word from control after which `whenUnconfirmed` is to count. No edge acts by it yet.",
    },
    storagePercent: {
      shape: number({ unit: "percent", min: 0, max: 100, fraction: true }),
      default: "0",
      about:
        "The share of each edge's memory and disk that other sites cannot take from this one. What it does not use others may borrow, until it is needed. Shares of more than 100 in sum are cut in proportion. Sites without one share what is left.",
    },
    edgeHosts: {
      shape: edgeHostsText,
      about: "The name of this site at one edge, `{edge}.www.example.com`. Only sites that have it are redirected.",
    },
    routing: { shape: siteRoutingShape, about: "Which edges may serve it." },
    maxRequestBodyBytes: {
      shape: number({ unit: "bytes", min: 0, max: 1_073_741_824 }),
      default: "setting `requestBodyMaxBytes`: 10 MiB",
      about: "The longest request body. Bodies are streamed, never held.",
    },
  },
  [
    together(["origins", "origin"], privateOrigins),
    together(["origins"], (site: Pick<SiteConfig, "origins">) =>
      site.origins.every((origin) => origin.backup === true)
        ? [{ at: "origins", message: "all origins are backups; at least one must not be" }]
        : [],
    ),
  ],
);

function privateOrigins(site: Pick<SiteConfig, "origins" | "origin">): readonly KeyProblem[] {
  if (site.origin?.allowPrivate === true) return [];
  return site.origins.flatMap((origin, index) => {
    const parsed = parseOriginUrl(origin.url);
    const kind = parsed.kind === "origin" ? privateKind(parsed.target) : undefined;
    if (kind === undefined) return [];
    const message = `${parsed.kind === "origin" ? parsed.target.host : origin.url} is ${kind}`;
    return [{ at: `origins[${index}].url`, message, hint: "an administrator may set origin.allowPrivate: true" }];
  });
}
