/** What a site may hold. */
import { parseOriginUrl, privateKind } from "../origin-url.ts";
import type { HealthCheckConfig, OriginConfig, OriginPoolConfig, SiteConfig } from "../types.ts";
import { cacheShape } from "./cache-shape.ts";
import {
  authorityText,
  edgeHostsText,
  headerNameText,
  hostPatternText,
  nameText,
  originUrlText,
  plainPathText,
} from "./formats.ts";
import { object, together } from "./object.ts";
import { ruleShape } from "./rule-shape.ts";
import type { KeyProblem } from "./shape.ts";
import { choice, flag, list, number, text } from "./values.ts";

/** Rules of one site. */
export const RULES_MAX = 1000;
/** Host names of one site. */
export const HOSTS_MAX = 1000;
/** Origin servers of one site. */
export const ORIGINS_MAX = 64;

const milliseconds = (max: number) => number({ unit: "milliseconds", min: 50, max });

const originShape = object<OriginConfig>("an origin", {
  url: {
    shape: originUrlText,
    required: true,
    about: "Scheme, host and optional port: `https://origin.example.com`, `http://192.0.2.1:8080`. No path.",
  },
  weight: {
    shape: number({ unit: "", min: 1, max: 1000 }),
    default: "1",
    about: "Its share of the requests, against the weights of the others.",
  },
  backup: { shape: flag, default: "false", about: "Whether it is asked only when no other origin works." },
});

const timeoutsShape = object<Exclude<OriginPoolConfig["timeouts"], undefined>>("time limits", {
  connectMs: {
    shape: milliseconds(60_000),
    default: "setting `originConnectTimeoutMs`: 3000",
    about: "Connecting, name resolution and TLS included.",
  },
  firstByteMs: {
    shape: milliseconds(600_000),
    default: "setting `originFirstByteTimeoutMs`: 15000",
    about: "From the request sent to the end of the response's headers.",
  },
  betweenBytesMs: {
    shape: milliseconds(600_000),
    default: "setting `originBetweenBytesTimeoutMs`: 15000",
    about: "The longest pause inside a response body.",
  },
});

const healthCheckShape = object<HealthCheckConfig>(
  "a health check",
  {
    path: { shape: plainPathText, default: "`/`", about: "Asked with GET." },
    intervalMs: {
      shape: number({ unit: "milliseconds", min: 500, max: 600_000 }),
      default: "setting `originHealthIntervalMs`: 5000",
      about: "Time between two checks.",
    },
    timeoutMs: {
      shape: number({ unit: "milliseconds", min: 100, max: 60_000 }),
      default: "setting `originHealthTimeoutMs`: 2000",
      about: "A check without an answer for this long has failed.",
    },
    expectStatus: {
      shape: number({ unit: "", min: 200, max: 599 }),
      default: "200",
      about: "The status of a good answer.",
    },
    expectBody: { shape: text("a text", undefined, 256), about: "A text that the body of a good answer has in it." },
  },
  [
    together(["intervalMs", "timeoutMs"], (check: Pick<HealthCheckConfig, "intervalMs" | "timeoutMs">) =>
      check.timeoutMs !== undefined && check.intervalMs !== undefined && check.timeoutMs > check.intervalMs
        ? [{ at: "timeoutMs", message: `${check.timeoutMs} is above intervalMs, which is ${check.intervalMs}` }]
        : [],
    ),
  ],
);

const poolShape = object<OriginPoolConfig>("origin settings", {
  hostHeader: {
    shape: authorityText,
    default: "the host of the URL",
    about: "The Host that origins see. The name in TLS (SNI) stays the host of the URL.",
  },
  timeouts: { shape: timeoutsShape, about: "Time limits of one exchange." },
  retries: {
    shape: number({ unit: "attempts", min: 0, max: 5 }),
    default: "setting `originRetriesMax`: 1",
    about: "Further attempts when an origin fails before its first byte; for safe methods without a body.",
  },
  healthCheck: { shape: healthCheckShape, default: "none", about: "Active checks; failed requests count always." },
  shield: {
    shape: nameText("the name of an edge"),
    default: '`"none"`',
    about: 'The edge that the others ask before the origin: its name, `"auto"` or `"none"`.',
  },
  allowPrivate: {
    shape: flag,
    default: "false",
    about:
      "Whether origins may have loopback, private and other addresses that are not public. For administrators only.",
  },
  maxConnections: {
    shape: number({ unit: "connections", min: 1, max: 65_536 }),
    default: "setting `originConnectionsMax`: 1024",
    about: "Connections of one edge to one origin.",
  },
  forwardHeaders: {
    shape: list(headerNameText, { maxItems: 100 }),
    default: "all but the denied ones",
    about: "A strict list: only these request headers go to the origin, and those that HTTP itself needs.",
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
      about: "What an edge does that has not heard from control for `maxLagSeconds`: a purge might be unknown to it.",
    },
    maxLagSeconds: {
      shape: number({ unit: "seconds", min: 1, max: 86_400 }),
      default: "setting `whenUnconfirmedAfterSeconds`: 30",
      about: "Time without word from control after which `whenUnconfirmed` counts.",
    },
    edgeHosts: {
      shape: edgeHostsText,
      about: "The name of this site at one edge, `{edge}.www.example.com`. Only sites that have it are redirected.",
    },
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
