/** What the smaller actions of a rule may hold: headers, CORS, pages, maintenance, development. */

import { keyPath, shown } from "../problems.ts";
import type { CorsConfig, DevelopmentConfig, HeaderEditsConfig, MaintenanceConfig, PageConfig } from "../rule-types.ts";
import {
  addressRangeText,
  errorStatusText,
  headerNameText,
  headerValueText,
  instantText,
  methodText,
} from "./formats.ts";
import { either, object, together } from "./object.ts";
import type { KeyProblem } from "./shape.ts";
import { flag, list, map, number, text } from "./values.ts";

const PAGE_MAX_LENGTH = 65_536;

/** Fields that make the framing of a message or its way, which no rule may touch (RFC 9110 §7.6, RFC 9112 §6). */
const UNTOUCHABLE: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "transfer-encoding",
  "te",
  "trailer",
  "upgrade",
  "keep-alive",
  "proxy-connection",
  "via",
  "cdn-loop",
  "host",
  "date",
  "age",
  "cache-status",
]);

const headerEdits = {
  set: {
    shape: map(headerNameText, headerValueText, { minItems: 1, maxItems: 100 }),
    about: "Headers by name; those of the same name are replaced.",
  },
  remove: { shape: list(headerNameText, { minItems: 1, maxItems: 100 }), about: "Names of headers to remove." },
};

/** `requestHeaders` and `responseHeaders`. */
export const headerEditsShape = object<HeaderEditsConfig>("header changes", headerEdits, [
  together(["set", "remove"], (edits: HeaderEditsConfig) => headerProblems(edits)),
]);

function headerProblems({ set = {}, remove = [] }: HeaderEditsConfig): readonly KeyProblem[] {
  const found: KeyProblem[] = [];
  const names = new Map<string, string>();
  const places = [
    ...Object.keys(set).map((name) => ({ name, at: keyPath("set", name) })),
    ...remove.map((name, index) => ({ name, at: `remove[${index}]` })),
  ];
  for (const { name, at } of places) {
    const lower = name.toLowerCase();
    const earlier = names.get(lower);
    if (UNTOUCHABLE.has(lower) || lower.startsWith("x-antipode-")) {
      const hint = lower === "host" ? "the Host that origins see is origin.hostHeader" : undefined;
      found.push({
        at,
        message: `${name} belongs to the connection or to the CDN; rules cannot change it`,
        ...(hint && { hint }),
      });
    } else if (earlier !== undefined) {
      found.push({ at, message: `${name} is changed twice; the other place is ${earlier}` });
    }
    names.set(lower, at);
  }
  return found;
}

/** `cors`. */
export const corsShape = object<CorsConfig>(
  "CORS answers",
  {
    origins: {
      shape: list(text("an origin", originProblem, 256), { minItems: 1, maxItems: 100 }),
      required: true,
      about: 'Origins that may read: `"https://app.example.com"`, `"https://*.example.com"`, or `"*"` for all.',
    },
    methods: {
      shape: list(methodText, { minItems: 1, maxItems: 20 }),
      default: '`["GET", "HEAD", "POST"]`',
      about: "Methods that preflights allow.",
    },
    headers: {
      shape: list(headerNameText, { minItems: 1, maxItems: 100 }),
      default: "what the preflight asks for",
      about: "Request headers that preflights allow.",
    },
    exposeHeaders: {
      shape: list(headerNameText, { minItems: 1, maxItems: 100 }),
      default: "`[]`",
      about: "Response headers that scripts may read, besides the safelisted ones.",
    },
    credentials: {
      shape: flag,
      default: "false",
      about: 'Whether requests with cookies may be read. Not with origin `"*"`.',
    },
    maxAgeSeconds: {
      shape: number({ unit: "seconds", min: 0, max: 86_400 }),
      default: "600",
      about: "How long browsers remember the answer to a preflight.",
    },
  },
  [
    together(["origins", "credentials"], (cors: Pick<CorsConfig, "origins" | "credentials">) => {
      if (cors.credentials !== true || !cors.origins.includes("*")) return [];
      const message = 'with credentials, origins cannot be "*": every site could read with the cookies of your users';
      return [{ at: "credentials", message, hint: "list the origins" }];
    }),
  ],
);

function originProblem(value: string) {
  if (value === "*" || value === "null" || /^https?:\/\/[a-z0-9*.:[\]_-]+$/.test(value)) {
    return /^https?:\/\/\*+$/.test(value)
      ? { message: `${shown(value)} is every origin of the scheme`, hint: 'write "*" or name the hosts' }
      : value === "null"
        ? { message: '"null" is the origin of every sandboxed page; it cannot be told from others' }
        : undefined;
  }
  const message = `expected an origin such as https://app.example.com, found ${shown(value)}`;
  return /^https?:\/\/[^/]+\/$/.test(value) ? { message, hint: "leave out the slash at the end" } : { message };
}

const pageKeys = {
  body: {
    shape: text("a page", undefined, PAGE_MAX_LENGTH),
    about: "The page itself, as text.",
  },
  contentType: {
    shape: headerValueText,
    default: "`text/html; charset=utf-8`",
    about: "Its Content-Type.",
  },
};

const pageShape = object<PageConfig>("a page", { ...pageKeys, body: { ...pageKeys.body, required: true } });

/** `errorPages`. */
export const errorPagesShape = map(errorStatusText, pageShape, { minItems: 1, maxItems: 50 });

const maintenancePage = object<MaintenanceConfig>("a maintenance page", {
  body: { ...pageKeys.body, default: "a plain page of ours" },
  contentType: pageKeys.contentType,
  status: { shape: number({ unit: "", min: 200, max: 599 }), default: "503", about: "The status of the page." },
  retryAfterSeconds: {
    shape: number({ unit: "seconds", min: 1, max: 31_536_000 }),
    about: "Tells clients when to come back (Retry-After).",
  },
  exceptAddresses: {
    shape: list(addressRangeText, { minItems: 1, maxItems: 100 }),
    about: "Addresses or ranges of people who see the site nevertheless.",
  },
});

/** `maintenance`. */
export const maintenanceShape = either(flag, maintenancePage);

/** `development`. */
export const developmentShape = object<DevelopmentConfig>(
  "development mode",
  {
    until: { shape: instantText, about: 'A time with its zone: `"2026-11-24T18:00:00Z"`.' },
    hours: {
      shape: number({ unit: "hours", min: 0.1, max: 168, fraction: true }),
      about: "Counted from when this version of the file was applied.",
    },
  },
  [
    together(["until", "hours"], (mode: DevelopmentConfig) =>
      (mode.until === undefined) === (mode.hours === undefined)
        ? [{ at: "", message: "development mode has exactly one of until and hours" }]
        : [],
    ),
  ],
);
