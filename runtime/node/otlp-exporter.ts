/**
 * Sends spans to a collector: in batches, one request at a time, through the same connector as everything else. What
 * the collector does not take is dropped and counted; a request is never slowed by it.
 */
import { Cancellation } from "../../core/cancellation.ts";
import type { FieldLine } from "../../core/http/fields.ts";
import { fieldValue } from "../../core/http/fields.ts";
import type { Redaction } from "../../core/log/redact.ts";
import { type Sample, sample } from "../../core/metrics/metrics-text.ts";
import type { Clock, Target, Upstream } from "../../core/ports.ts";
import type { RequestRecord } from "../../core/record.ts";
import { otlpBody, type SpanSource } from "../../core/trace/otlp.ts";
import { type ByteBody, discardBody } from "../memory/bodies.ts";

/** Where spans go, and who they are from. */
export interface OtlpOptions {
  readonly to: Target;
  /** For instance `/v1/traces`. */
  readonly path: string;
  readonly source: SpanSource;
  readonly redaction: Redaction;
  readonly upstream: Upstream<ByteBody>;
  readonly clock: Clock;
}

const BATCH_MAX_SPANS = 512;
const BATCH_EVERY_MS = 5_000;
const QUEUE_MAX_SPANS = 4_096;
/** A batch is offered so often; in between the pause doubles, from this on. */
const ATTEMPTS_MAX = 4;
const RETRY_PAUSE_MS = 1_000;
const RETRY_PAUSE_MAX_MS = 30_000;
const TIMEOUTS = { connectMs: 3_000, firstByteMs: 10_000, betweenBytesMs: 10_000 } as const;
/** The collector's requests for patience (OTLP/HTTP §"Failures"); anything else that is no success is final. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);

type Verdict = { readonly kind: "taken" | "refused" } | { readonly kind: "later"; readonly pauseMs: number };

/** Exports the spans of sampled records. */
export class OtlpExporter {
  readonly #options: OtlpOptions;
  readonly #cancellation = new Cancellation();
  #queue: RequestRecord[] = [];
  #callOff: (() => void) | undefined;
  #sending: Promise<void> | undefined;
  #exported = 0;
  #dropped = 0;
  #closed = false;

  constructor(options: OtlpOptions) {
    this.#options = options;
  }

  add(record: RequestRecord): void {
    if (record.trace?.sampled !== true) return;
    if (this.#closed || this.#queue.length >= QUEUE_MAX_SPANS) {
      this.#dropped += 1;
      return;
    }
    this.#queue.push(record);
    this.#schedule();
  }

  samples(): Sample[] {
    return [
      sample("antipode_spans_exported_total", this.#exported),
      sample("antipode_spans_dropped_total", this.#dropped),
    ];
  }

  /** Sends what there is, for so long at most. */
  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    const callOff = this.#options.clock.after(graceMs, () => this.#cancellation.cancel());
    while (this.#queue.length > 0 || this.#sending !== undefined) {
      this.#send();
      await this.#sending;
    }
    callOff();
  }

  #schedule(): void {
    if (this.#sending !== undefined) return;
    if (this.#queue.length >= BATCH_MAX_SPANS) this.#send();
    else this.#callOff ??= this.#options.clock.after(BATCH_EVERY_MS, () => this.#send());
  }

  #send(): void {
    this.#callOff?.();
    this.#callOff = undefined;
    if (this.#sending !== undefined || this.#queue.length === 0) return;
    const batch = this.#queue.slice(0, BATCH_MAX_SPANS);
    this.#queue = this.#queue.slice(BATCH_MAX_SPANS);
    this.#sending = this.#deliver(batch).then((taken) => {
      if (taken) this.#exported += batch.length;
      else this.#dropped += batch.length;
      this.#sending = undefined;
      if (this.#queue.length > 0) this.#schedule();
    });
  }

  async #deliver(batch: readonly RequestRecord[]): Promise<boolean> {
    const { source, redaction } = this.#options;
    const body = Buffer.from(otlpBody(batch, source, redaction));
    for (let attempt = 1; !this.#cancellation.cancelled; attempt += 1) {
      const verdict = await this.#offer(body, RETRY_PAUSE_MS * 2 ** (attempt - 1));
      if (verdict.kind !== "later") return verdict.kind === "taken";
      if (attempt >= ATTEMPTS_MAX) return false;
      await this.#pause(verdict.pauseMs);
    }
    return false;
  }

  async #offer(body: Buffer, pauseMs: number): Promise<Verdict> {
    const { to, path, upstream } = this.#options;
    const host = to.host.includes(":") ? `[${to.host}]` : to.host;
    const fields: FieldLine[] = [
      ["host", `${host}:${to.port}`],
      ["content-type", "application/json"],
      ["content-length", `${body.byteLength}`],
    ];
    const result = await upstream.fetch({
      ...{ to, method: "POST", target: path, fields, body, allowPrivate: true, timeouts: TIMEOUTS },
      cancellation: this.#cancellation,
    });
    if (result.kind === "failure") return { kind: "later", pauseMs };
    discardBody(result.body);
    const { status } = result.head;
    if (status >= 200 && status <= 299) return { kind: "taken" };
    if (!RETRYABLE.has(status)) return { kind: "refused" };
    const wishedMs = Number(fieldValue(result.head.fields, "retry-after")) * 1_000;
    return { kind: "later", pauseMs: Math.min(RETRY_PAUSE_MAX_MS, wishedMs > 0 ? wishedMs : pauseMs) };
  }

  /** With a share of chance, so that a fleet does not come back all at once. */
  async #pause(pauseMs: number): Promise<void> {
    const { clock } = this.#options;
    await new Promise<void>((resolve) => {
      const callOff = clock.after(pauseMs * (1 + clock.random() / 2), resolve);
      this.#cancellation.onCancel(() => {
        callOff();
        resolve();
      });
    });
  }
}
