/** Numbers of the DNS that have names (IANA, Domain Name System Parameters). */

/** Response codes. Those above 15 need EDNS (RFC 6891 section 6.1.3). */
export const RCODE = {
  noError: 0,
  formErr: 1,
  servFail: 2,
  nxDomain: 3,
  notImp: 4,
  refused: 5,
  badVers: 16,
} as const;

/** Record types that have a meaning here; any other is a number in static records (RFC 3597). */
export const TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  OPT: 41,
  SVCB: 64,
  HTTPS: 65,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
  CAA: 257,
} as const;

/** The class of the Internet. */
export const CLASS_IN = 1;

/** Options of EDNS. */
export const OPTION = { clientSubnet: 8, cookie: 10 } as const;

/** The number of a record type written as text: its name, or `TYPE` and a number (RFC 3597 section 5). */
export function typeNumber(text: string): number | undefined {
  const upper = text.toUpperCase();
  const known = Object.entries(TYPE).find(([name]) => name === upper)?.[1];
  if (known !== undefined) return known;
  const number = /^TYPE(\d{1,5})$/.exec(upper)?.[1];
  return number === undefined || Number(number) === 0 || Number(number) > 0xffff ? undefined : Number(number);
}

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(TYPE).map(([name, number]) => [number, name]));

/** The name of a record type. */
export function typeName(type: number): string {
  return NAMES.get(type) ?? `TYPE${type}`;
}
