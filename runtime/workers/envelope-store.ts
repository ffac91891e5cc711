/**
 * The store of Workers, over any place for bytes: one envelope a key holds the heads of its variants, each body lies
 * apart under a name of its own. A hit costs two reads. Two isolates that write the same key at once may lose one of
 * the two variants: that is a miss later, never a wrong answer.
 */
import type { StoredResponse } from "../../core/cache/stored.ts";
import type { KeptBody, Store } from "../../core/ports.ts";
import type { ByteBody } from "../memory/bodies.ts";
import { VARIANTS_PER_KEY } from "../memory/store.ts";
import { decodeEnvelope, type EnvelopeVariant, encodeEnvelope } from "./envelope.ts";
import { nativeStream } from "./native-stream.ts";
import type { Place } from "./place.ts";
import { type BodyPlacement, PlacedBody } from "./placed-body.ts";

type Stored = StoredResponse<ByteBody>;

/** What the store needs beside the place. */
export interface EnvelopeStoreOptions {
  /** A name that nobody has used: bodies are never overwritten, so no reader gets another one's end. */
  uniqueName(): string;
  readonly variantsPerKeyMax?: number;
}

/** Answers promises. */
export class EnvelopeStore implements Store<ByteBody> {
  readonly #place: Place;
  readonly #uniqueName: () => string;
  readonly #variantsPerKeyMax: number;
  #found: { readonly key: string; readonly ids: readonly string[] } | undefined;

  constructor(place: Place, options: EnvelopeStoreOptions) {
    this.#place = place;
    this.#variantsPerKeyMax = options.variantsPerKeyMax ?? VARIANTS_PER_KEY;
    this.#uniqueName = options.uniqueName;
  }

  async find(key: string): Promise<readonly Stored[]> {
    const variants = await this.#read(key);
    this.#found = { key, ids: variants.map(({ head }) => head.id) };
    return variants.map(({ head, body }) => ({
      ...head,
      body: new PlacedBody(this.#place, body, () => this.remove(key, head.id)),
    }));
  }

  async put(key: string, response: Stored): Promise<void> {
    const { body, ...head } = response;
    const placement = await this.#placed(body);
    const before = await this.#read(key);
    const others = before.filter((variant) => variant.head.id !== response.id);
    const variants = [{ head, body: placement }, ...others].slice(0, this.#variantsPerKeyMax);
    await this.#write(key, variants);
    await this.#removeBodies(before, variants);
  }

  /**
   * The variant moves to the front when it stands in the half that goes next: a hit writes nothing as long as fewer
   * than half of the variants came after it.
   */
  async used(key: string, id: string): Promise<void> {
    const place = this.#found?.key === key ? this.#found.ids.indexOf(id) : undefined;
    if (place !== undefined && place < this.#variantsPerKeyMax / 2) return;
    const before = await this.#read(key);
    const variant = before.find(({ head }) => head.id === id);
    if (variant === undefined || before.indexOf(variant) < this.#variantsPerKeyMax / 2) return;
    await this.#write(key, [variant, ...before.filter((other) => other !== variant)]);
  }

  async remove(key: string, id?: string): Promise<void> {
    const before = await this.#read(key);
    const kept = id === undefined ? [] : before.filter((variant) => variant.head.id !== id);
    if (kept.length === before.length) return;
    if (kept.length === 0) await this.#place.remove(await headName(key));
    else await this.#write(key, kept);
    await this.#removeBodies(before, kept);
  }

  /** The platform counts and bounds; we cannot ask. */
  usage(): { readonly entries: number; readonly bytes: number; readonly maxBytes: number } {
    return { entries: 0, bytes: 0, maxBytes: Number.POSITIVE_INFINITY };
  }

  async #read(key: string): Promise<readonly EnvelopeVariant[]> {
    const stream = await this.#place.get(await headName(key));
    if (stream === undefined) return [];
    return decodeEnvelope(await new Response(stream).text(), key)?.variants ?? [];
  }

  async #write(key: string, variants: readonly EnvelopeVariant[]): Promise<void> {
    await this.#place.put(await headName(key), encodeEnvelope({ key, variants }));
  }

  /** Writes a new body; one that lies here already stays where it is. */
  async #placed(body: KeptBody<ByteBody>): Promise<BodyPlacement> {
    if (body instanceof PlacedBody) return body.placement;
    const name = `body-${this.#uniqueName()}`;
    if (body.bytes > 0) await this.#place.put(name, await bytesOf(body.open()));
    return { name, bytes: body.bytes };
  }

  async #removeBodies(before: readonly EnvelopeVariant[], after: readonly EnvelopeVariant[]): Promise<void> {
    const used = new Set(after.map(({ body }) => body.name));
    const unused = before.filter(({ body }) => body.bytes > 0 && !used.has(body.name));
    await Promise.all(unused.map(({ body }) => this.#place.remove(body.name)));
  }
}

async function bytesOf(body: ByteBody): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body;
  return new Uint8Array(await new Response(nativeStream(body)).arrayBuffer());
}

/** Keys are long and hold any character; their hash is a name. */
async function headName(key: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
  return `head-${[...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
