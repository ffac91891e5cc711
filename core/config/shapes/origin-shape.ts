/** What the origins of a site may hold, and how they are asked. */
import { shown } from "../problems.ts";
import type {
  HealthCheckConfig,
  OriginBucketConfig,
  OriginConfig,
  OriginPoolConfig,
  OriginSignatureConfig,
  OriginTlsConfig,
} from "../types.ts";
import {
  authorityText,
  bucketNameText,
  headerNameText,
  nameText,
  originUrlText,
  plainPathText,
  secretText,
  serverNameText,
} from "./formats.ts";
import { object, together } from "./object.ts";
import { flag, list, number, text } from "./values.ts";

const milliseconds = (max: number) => number({ unit: "milliseconds", min: 50, max });

/** One server. */
export const originShape = object<OriginConfig>("an origin", {
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

const fileText = text("the path of a file", (path) =>
  path.startsWith("/") && !path.includes("\0")
    ? undefined
    : { message: `expected an absolute path, found ${shown(path)}` },
);

const tlsShape = object<OriginTlsConfig>(
  "TLS settings",
  {
    serverName: {
      shape: serverNameText,
      default: "the host of the URL",
      about: "The name that is asked for (SNI) and must stand in the certificate.",
    },
    authoritiesFile: {
      shape: fileText,
      default: "the authorities of the system",
      about: "A PEM file on each edge with the only authorities that are trusted. For administrators only.",
    },
    certificateFile: {
      shape: fileText,
      default: "none",
      about:
        "A PEM file on each edge with the client certificate (and its chain) that is shown to the origins. For administrators only.",
    },
    keyFile: { shape: fileText, about: "Its private key, PEM. Both are read again when they have changed." },
  },
  [
    together(["certificateFile", "keyFile"], (tls: Pick<OriginTlsConfig, "certificateFile" | "keyFile">) =>
      (tls.certificateFile === undefined) === (tls.keyFile === undefined)
        ? []
        : [
            {
              at: tls.keyFile === undefined ? "certificateFile" : "keyFile",
              message: "certificateFile and keyFile belong together",
            },
          ],
    ),
  ],
);

const bucketShape = object<OriginBucketConfig>("a bucket", {
  name: {
    shape: bucketNameText,
    default: "none",
    about: "Stands in front of the path, for stores that have all buckets under one host.",
  },
  region: {
    shape: bucketNameText,
    required: true,
    about: "As the store calls it: `eu-central-1`, `us-east-1`, `auto`.",
  },
  accessKeyId: { shape: secretText(1), required: true, about: `Who reads; may be \`\${NAME}\`.` },
  secretAccessKey: {
    shape: secretText(1),
    required: true,
    about: `Its secret, as \`\${NAME}\`: from the environment of the edge. A config holds no secrets.`,
  },
  sessionToken: { shape: secretText(1), default: "none", about: `For temporary credentials, as \`\${NAME}\`.` },
  indexDocument: {
    shape: text("the name of an object", (name) =>
      /^[A-Za-z0-9._-]+$/.test(name)
        ? undefined
        : { message: `expected a name such as index.html, found ${shown(name)}` },
    ),
    default: "`index.html`",
    about: "What a path that ends in `/` names.",
  },
});

/** How the servers are asked. */
export const poolShape = object<OriginPoolConfig>("origin settings", {
  hostHeader: {
    shape: authorityText,
    default: "the host of the URL",
    about:
      "The Host that origins see. The name in TLS (SNI) stays the host of the URL, unless `tls.serverName` says otherwise.",
  },
  timeouts: { shape: timeoutsShape, about: "Time limits of one exchange." },
  retries: {
    shape: number({ unit: "attempts", min: 0, max: 5 }),
    default: "setting `originRetriesMax`: 1",
    about: "Further attempts when an origin fails before its first byte; for safe methods without a body.",
  },
  staleAfterMs: {
    shape: number({ unit: "milliseconds", min: 0, max: 600_000 }),
    default: "setting `originStaleAfterMs`: 3000",
    about:
      "How long a client waits for the origin while a stale response may stand in (`staleIfErrorSeconds`). 0: until a time limit.",
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
  signature: {
    shape: object<OriginSignatureConfig>("a signature", {
      secret: {
        shape: secretText(16),
        required: true,
        about: `What both sides know, 16 characters or more; as \`\${NAME}\`, from the environment of the edge.`,
      },
    }),
    default: "none",
    about: "A signed header by which the origins can refuse everyone but their CDN. See docs/origins.md.",
  },
  bucket: { shape: bucketShape, default: "none", about: "The origins are a private bucket (S3). See docs/origins.md." },
  tls: { shape: tlsShape, about: "TLS with the origins, where it differs from the default." },
  http2: {
    shape: flag,
    default: "false",
    about: "Whether to speak HTTP/2 with origins that offer it over TLS; with others it is HTTP/1.1.",
  },
});
