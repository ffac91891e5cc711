/** Requests spoilt at random, the same ones for the same seed: what other parsers have stumbled over (FAULTS F38). */

/** Numbers in [0, 1) from a seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const HOST = "Host: a.example\r\n";

/** Good requests to begin with; `id` makes their targets unlike all others. */
const SEEDS: readonly ((id: string) => string)[] = [
  (id) => `GET /${id} HTTP/1.1\r\n${HOST}\r\n`,
  (id) => `GET /${id}?a=b%20c HTTP/1.1\r\n${HOST}Accept: */*\r\nUser-Agent: x\r\nConnection: keep-alive\r\n\r\n`,
  (id) => `POST /${id} HTTP/1.1\r\n${HOST}Content-Length: 11\r\n\r\nhello world`,
  (id) => `POST /${id} HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;a=b\r\n world\r\n0\r\n\r\n`,
  (id) => `PUT /${id} HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\n`,
  (id) => `DELETE /${id} HTTP/1.1\r\n${HOST}Content-Length: 0\r\n\r\n`,
  (id) => `GET http://a.example/${id} HTTP/1.1\r\n${HOST}\r\n`,
  (id) => `POST /${id} HTTP/1.0\r\n${HOST}Content-Length: 3\r\nConnection: keep-alive\r\n\r\nabc`,
  (id) =>
    `POST /${id} HTTP/1.1\r\n${HOST}Content-Length: 46\r\n\r\nGET /${id}-smuggled HTTP/1.1\r\nHost: a.example\r\n\r\n`,
];

const NASTY = [
  ...["\r", "\n", "\r\n", "\0", ":", "\t", " ", ";", ",", '"', "0", "1", "F", "x", "_", "-", "\x0b", "\xa0", "\xff"],
  ...[
    "Content-Length: 5\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Host: b.example\r\n",
    "\r\n\r\n",
    "Connection: close\r\n",
  ],
  ...["Transfer-Encoding: gzip\r\n", "0\r\n\r\n", " HTTP/1.1", "Expect: 100-continue\r\n", "Upgrade: x\r\n", "chunked"],
];

/** Bytes for one connection: one to three requests, spoilt in up to four places. */
export function mutant(random: () => number, number: number): string {
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)];
  let bytes = "";
  const requests = 1 + Math.floor(random() * 3);
  for (let index = 0; index < requests; index += 1) bytes += pick(SEEDS)?.(`m${number}.${index}.`) ?? "";
  const changes = Math.floor(random() * 5);
  for (let change = 0; change < changes; change += 1) {
    const at = Math.floor(random() * bytes.length);
    const length = 1 + Math.floor(random() * 4);
    const kind = random();
    if (kind < 0.35) bytes = bytes.slice(0, at) + (pick(NASTY) ?? "") + bytes.slice(at);
    else if (kind < 0.55) bytes = bytes.slice(0, at) + bytes.slice(at + length);
    else if (kind < 0.75) bytes = bytes.slice(0, at) + (pick(NASTY) ?? "") + bytes.slice(at + length);
    else if (kind < 0.85) bytes = bytes.slice(0, at + length) + bytes.slice(at);
    else bytes = bytes.slice(0, at) + bytes.slice(at + 1, at + 2) + bytes.slice(at, at + 1) + bytes.slice(at + 2);
  }
  return bytes;
}
