/** An upstream behind a distance: `--wan` shows on one machine what places far apart feel like. */
import type { Clock, Upstream, UpstreamRequest, UpstreamResult } from "../ports.ts";

/** Each request takes `rttMs` longer before it reaches the wire: one round trip on a kept connection. */
export function delayedUpstream<B>(upstream: Upstream<B>, clock: Clock, rttMs: number): Upstream<B> {
  return {
    fetch: async (request: UpstreamRequest<B>): Promise<UpstreamResult<B>> => {
      await new Promise<void>((resolve) => {
        clock.after(rttMs, resolve);
      });
      return upstream.fetch(request);
    },
  };
}
