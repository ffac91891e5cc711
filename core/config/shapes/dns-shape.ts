/** What `dns` may hold: zones, their name servers, and records written as in a zone file. */
import { TYPE, typeName, typeNumber } from "../../dns/codes.ts";
import { nameBytes } from "../../dns/name.ts";
import { recordData } from "../../dns/record-data.ts";
import { parseAddress } from "../../net/address.ts";
import type { DnsConfig, DnsRecordConfig, DnsZoneConfig } from "../dns-types.ts";
import { shown } from "../problems.ts";
import { object, together } from "./object.ts";
import type { KeyProblem } from "./shape.ts";
import { list, map, number, text } from "./values.ts";

/** Zones of one file. */
export const ZONES_MAX = 1000;
/** Records of one zone. */
export const RECORDS_MAX = 10_000;
const NAME_MAX_LENGTH = 254;
/** Types that are computed, or that are no records. */
const NOT_WRITTEN: readonly number[] = [TYPE.SOA, TYPE.OPT, TYPE.ANY, TYPE.AXFR, TYPE.IXFR];

const domainName = text(
  "a domain name",
  (name) =>
    name !== "" && name === name.toLowerCase() && nameBytes(name) !== undefined && parseAddress(name) === undefined
      ? undefined
      : { message: `expected a domain name such as cdn.example.com in lower case, found ${shown(name)}` },
  NAME_MAX_LENGTH,
);

const mailbox = text(
  "a mail address",
  (mail) =>
    /^[^@\s]+@[^@\s]+$/.test(mail) && nameBytes(mail.split("@")[1] ?? "") !== undefined
      ? undefined
      : { message: `expected a mail address such as hostmaster@example.com, found ${shown(mail)}` },
  NAME_MAX_LENGTH,
);

const recordName = text(
  "a name in the zone",
  (name) =>
    name === "@" || (nameBytes(name) !== undefined && name === name.toLowerCase() && !/\*|\.$/.test(name))
      ? undefined
      : { message: `expected "@" for the zone itself or a name below it such as ns1, found ${shown(name)}` },
  NAME_MAX_LENGTH,
);

const recordType = text(
  "a record type",
  (type) => {
    const number = typeNumber(type);
    if (number === undefined) return { message: `expected a record type such as TXT or TYPE257, found ${shown(type)}` };
    return NOT_WRITTEN.includes(number)
      ? { message: `${typeName(number)} records are not written by hand` }
      : undefined;
  },
  16,
);

const recordShape = object<DnsRecordConfig>(
  "a record",
  {
    name: { shape: recordName, required: true, about: "Its name in the zone: `ns1`, or `@` for the zone itself." },
    type: {
      shape: recordType,
      required: true,
      about: "A, AAAA, CNAME, MX, TXT, CAA, SRV, NS …, or `TYPE` and a number.",
    },
    ttlSeconds: {
      shape: number({ unit: "seconds", min: 0, max: 604_800 }),
      default: "300",
      about: "How long resolvers may keep it.",
    },
    data: {
      shape: text("a record's content", () => undefined, 4096),
      required: true,
      about: 'As in a zone file: `192.0.2.1`, `10 mail.example.com`, `0 issue "letsencrypt.org"`, `\\# 4 c0000201`.',
    },
  },
  [
    together<DnsRecordConfig, "type" | "data">(["type", "data"], ({ type, data }) => {
      const content = recordData(typeNumber(type) ?? 0, data);
      return typeof content === "string" ? [{ at: "data", message: `the content of ${type} ${content}` }] : [];
    }),
  ],
);

/** The keys that a zone has, and that hold for all zones when they stand above them. */
const common = {
  nameServers: {
    shape: list(domainName, { minItems: 1, maxItems: 13 }),
    about: "The names of the routers that answer for it, as the parent zone delegates to them.",
  },
  hostmaster: {
    shape: mailbox,
    default: "`hostmaster@` and the zone",
    about: "Who is responsible: the mail address in the SOA record.",
  },
  alpn: {
    shape: list(
      text("a protocol", () => undefined, 32),
      { minItems: 1, maxItems: 8 },
    ),
    about:
      "Answer HTTPS queries for sites, too, and tell these protocols (`h2`, `http/1.1`). Browsers that read it go to HTTPS at once: only for sites that have it.",
  },
};

const zoneShape = object<DnsZoneConfig>(
  "a zone",
  {
    ...common,
    records: {
      shape: list(recordShape, { minItems: 0, maxItems: RECORDS_MAX }),
      default: "`[]`",
      about: "Records that stand in it as they are, beside the sites.",
    },
  },
  [together<DnsZoneConfig, "records">(["records"], ({ records = [] }) => aliasProblems(records))],
);

/** A name that is an alias has nothing else (RFC 1034 section 3.6.2). */
function aliasProblems(records: readonly DnsRecordConfig[]): readonly KeyProblem[] {
  const counts = new Map<string, number>();
  for (const { name } of records) counts.set(name, (counts.get(name) ?? 0) + 1);
  return records.flatMap(({ name, type }, index) => {
    if (typeNumber(type) !== TYPE.CNAME) return [];
    const message =
      name === "@"
        ? "the zone itself cannot be an alias; its addresses are those of the site of that name, or A and AAAA records"
        : `${shown(name)} is an alias and has other records, too; an alias has nothing else`;
    return name === "@" || counts.get(name) !== 1 ? [{ at: `records[${index}]`, message }] : [];
  });
}

/** All of it. */
export const dnsShape = object<DnsConfig>("DNS settings", {
  ...common,
  zones: {
    shape: map(domainName, zoneShape, { maxItems: ZONES_MAX }),
    default: "`{}`",
    about:
      "The zones by name. A site is found in each of them by its own name (`shop.cdn.example.com`), besides its hosts. Hosts in none of them are zones by themselves.",
  },
});
