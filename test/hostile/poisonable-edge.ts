/**
 * An edge for attacks on its cache: the production engine behind the production guard, an origin that is a function, and
 * cracks: each takes one protection away, so that the tests can show that they would find a victim.
 */
import { Cancellation } from "../../core/cancellation.ts";
import type { SiteConfig } from "../../core/config/types.ts";
import type { FieldLine, Fields, ResponseHead } from "../../core/http/fields.ts";
import { guardRequest } from "../../core/http/guard.ts";
import type { Store, UpstreamRequest } from "../../core/ports.ts";
import type { Edge, EdgeSite } from "../../edge/edge.ts";
import { serve } from "../../edge/serve.ts";
import type { ByteBody } from "../../runtime/memory/bodies.ts";
import { scenario } from "../scenario/harness.ts";

/** What a client sends. */
export interface Ask {
  readonly method?: string;
  readonly scheme?: "http" | "https";
  readonly host?: string;
  readonly target: string;
  readonly fields?: Fields;
  readonly body?: string;
}

/** What an origin answers. */
export interface OriginAnswer {
  readonly status?: number;
  readonly fields?: Fields;
  readonly body: string;
}

/** An origin: what it makes of a request. */
export type OriginModel = (request: {
  readonly method: string;
  readonly target: string;
  readonly fields: Fields;
  readonly body: string;
}) => OriginAnswer;

/** One protection that is taken away. */
export interface Crack {
  /** What the origin gets in place of what the edge sends. */
  readonly sends?: (request: UpstreamRequest<ByteBody>, client: Ask) => Partial<UpstreamRequest<ByteBody>>;
  /** What the edge hears in place of what the origin answers. */
  readonly hears?: (head: ResponseHead) => ResponseHead;
  /** Under what name the store keeps things, in place of the key. */
  readonly key?: (key: string) => string;
  readonly site?: (site: EdgeSite) => EdgeSite;
}

/** What came back: everything of it that a client can see, but for what the edge says about itself. */
export interface Answered {
  readonly status: number;
  readonly text: string;
  readonly outcome: string;
}

/** Starts an edge before an origin; `ask` sends one request and waits until nothing goes on behind the answer. */
export function poisonableEdge(config: Partial<SiteConfig>, model: OriginModel, crack: Crack = {}) {
  const { edge: sound, origin, settled } = scenario({ config });
  let current: Ask = { target: "/" };
  const answerNext = (): void => {
    origin.answers((request) => {
      const { target, fields, method, body } = { ...request, ...crack.sends?.(request, current) };
      const answer = model({ method, target, fields, body: body instanceof Uint8Array ? text(body) : "" });
      const length: FieldLine = ["content-length", `${new TextEncoder().encode(answer.body).length}`];
      const head = { status: answer.status ?? 200, fields: [...(answer.fields ?? []), length] };
      return {
        kind: "response",
        head: crack.hears?.(head) ?? head,
        body: new TextEncoder().encode(answer.body),
        closeDelimited: false,
      };
    });
  };
  const edge: Edge<ByteBody> = {
    ...sound,
    store: crack.key === undefined ? sound.store : renamed(sound.store, crack.key),
    upstream: {
      fetch: (request) => {
        answerNext();
        return origin.fetch(request);
      },
    },
    findSite: (authority) => {
      const site = sound.findSite(authority.split(":")[0] ?? "");
      return site === undefined ? undefined : (crack.site?.(site) ?? site);
    },
  };
  const ask = async (request: Ask): Promise<Answered> => {
    current = request;
    const { method = "GET", scheme = "http", host = "www.example.com", target, fields = [], body } = request;
    const sent: FieldLine[] = [["Host", host], ...fields];
    if (body !== undefined) sent.push(["Content-Length", `${body.length}`]);
    const guarded = guardRequest(
      { method, target, httpVersion: "1.1", fields: sent, streamOpen: false },
      { scheme, protocol: "http1", maxBodyBytes: 1_000_000 },
    );
    if (guarded.kind === "refused") return { status: guarded.status, text: "", outcome: "refused" };
    const reply = await serve(edge, {
      head: guarded.head,
      body: body === undefined ? undefined : new TextEncoder().encode(body),
      peerAddress: "192.0.2.1",
      cancellation: new Cancellation(),
      receivedAtMs: sound.clock.nowMs(),
      interim: () => {},
    });
    const seen = reply.head.fields.filter(([name]) => name !== "cache-status" && name !== "via" && name !== "age");
    const shown = `${seen.map((line) => line.join(": ")).join("\n")}\n\n${await textOf(reply.body)}`;
    await settled();
    const status = reply.head.fields.find(([name]) => name === "cache-status")?.[1] ?? "";
    return { status: reply.head.status, text: shown, outcome: /detail=([a-z-]+)/.exec(status)?.[1] ?? "" };
  };
  return { ask };
}

function renamed(store: Store<ByteBody>, name: (key: string) => string): Store<ByteBody> {
  return {
    find: (key) => store.find(name(key)),
    put: (key, response) => store.put(name(key), response),
    used: (key, id) => store.used(name(key), id),
    remove: (key, id) => store.remove(name(key), id),
    usage: () => store.usage(),
  };
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

async function textOf(body: ByteBody | undefined): Promise<string> {
  if (body === undefined) return "";
  if (body instanceof Uint8Array) return text(body);
  let all = "";
  for await (const chunk of body) all += text(chunk);
  return all;
}

/** The parts of a key's text: those with a length, absent ones (undefined), and the target at its end. */
export function partsOfKey(key: string): { readonly parts: readonly (string | undefined)[]; readonly target: string } {
  const parts: (string | undefined)[] = [];
  let at = 0;
  while (key[at] !== "/" && at < key.length) {
    if (key[at] === "-") {
      parts.push(undefined);
      at += 1;
      continue;
    }
    const colon = key.indexOf(":", at);
    const end = colon + 1 + Number(key.slice(at, colon));
    parts.push(key.slice(colon + 1, end));
    at = end;
  }
  return { parts, target: key.slice(at) };
}
