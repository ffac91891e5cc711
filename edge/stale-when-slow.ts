/**
 * Nobody waits long for an origin that does not answer while there is a stale response that may stand in for a failure: it
 * answers after the site's `staleAfterMs`, at once when the origin is known to be silent, and the fetch goes on behind it.
 */
import { mayServeOnError } from "../core/cache/decide.ts";
import type { StoredResponse } from "../core/cache/stored.ts";
import type { Reply } from "../core/ports.ts";
import type { Exchange } from "./exchange.ts";
import { type Again, answerFreshened, type FillOrder, refreshBehind } from "./fill.ts";

/** Requests at a time by which a silent pool is asked whether it is back, while stale responses answer. */
const SILENT_PROBES_MAX = 4;

/** Does `work`, or answers from the stale response of `order` when that takes too long. */
export function orStale<B>(
  exchange: Exchange<B>,
  order: FillOrder<B>,
  work: (exchange: Exchange<B>) => Promise<Reply<B> | Again>,
): Promise<Reply<B> | Again> {
  const { edge, site } = exchange;
  const { candidate } = order;
  const waits = site.staleAfterMs === 0 || order.forward !== "stale" || candidate === undefined;
  if (waits || !mayServeOnError(candidate, edge.clock.nowMs())) return work(exchange);
  const pool = edge.pools.of(site);
  if (!pool.isSilent()) return raced(exchange, candidate, work);
  if (pool.unanswered < SILENT_PROBES_MAX) refreshBehind(exchange, order);
  return Promise.resolve(answerSlow(exchange, candidate));
}

function raced<B>(
  exchange: Exchange<B>,
  candidate: StoredResponse<B>,
  work: (exchange: Exchange<B>) => Promise<Reply<B> | Again>,
): Promise<Reply<B> | Again> {
  const { edge, site, incoming } = exchange;
  let isAnswered = false;
  const watched: Exchange<B> = {
    ...exchange,
    asked: { ...exchange.asked },
    // Once its answer has begun, no interim response can come before it.
    incoming: { ...incoming, interim: (head) => void (isAnswered || incoming.interim(head)) },
  };
  return new Promise((resolve, reject) => {
    const stop = edge.clock.after(site.staleAfterMs, () => {
      if (isAnswered) return;
      isAnswered = true;
      resolve(answerSlow(exchange, candidate));
    });
    const done = work(watched).then(
      (result) => {
        stop();
        // Nobody reads it: what is worth keeping is stored all the same.
        if (isAnswered && !("kind" in result)) edge.bodies.discard(result.body);
        isAnswered = true;
        resolve(result);
      },
      (error: unknown) => {
        stop();
        if (isAnswered) throw error;
        isAnswered = true;
        reject(error);
      },
    );
    edge.inBackground(done);
  });
}

function answerSlow<B>(exchange: Exchange<B>, candidate: StoredResponse<B>): Reply<B> {
  return answerFreshened(exchange, candidate, { outcome: "stale-if-slow", forward: "stale" });
}
