/** The feed: server-sent events. Entries as they come, a signed head after them and at every beat, a snapshot where needed. */
import { type Position, parsePosition } from "../core/ledger/position.ts";
import { type AddRoutes, type ApiParts, as } from "./api.ts";
import { Feed } from "./feed.ts";
import { FeedEvents } from "./feed-events.ts";
import { badRequest } from "./problem.ts";
import { mayDo, principalOf } from "./secrets.ts";

/** Followers of one control. */
const FOLLOWERS_MAX = 2_000;
const HASH = /^[0-9a-f]{1,64}$/;

/** The routes. */
export const feedRoutes: AddRoutes = (app, parts) => {
  let followers = 0;
  const events = new FeedEvents(parts.ledger, parts.clock);
  app.get("/v1/feed", (context) =>
    as(context, parts, ["edge", "read"], async (principal) => {
      const { after: afterText, hash, fleet } = context.req.query();
      const text = context.req.header("last-event-id") || afterText;
      const after = text === undefined ? undefined : parsePosition(text);
      if (text !== undefined && after === undefined)
        return { problem: badRequest("after", `"${text}" is no position`, "write EPOCH:NUMBER, or leave it out") };
      const beginning = await beginningOf(parts, after, hash);
      if (followers >= FOLLOWERS_MAX) return { problem: TOO_MANY };
      followers += 1;
      const authorization = context.req.header("authorization");
      const isStillAllowed = () => {
        const present = principalOf(parts.ledger.snapshot, authorization);
        return present !== undefined && mayDo(present, ["edge", "read"]);
      };
      const feed = new Feed(parts, events, {
        ...beginning,
        ...{ isStillAllowed, node: principal.id.replace(/^node:/, ""), wantsFleet: fleet !== undefined },
        onEnd: () => {
          followers -= 1;
        },
      });
      return new Response(feed.stream, { headers: { "Content-Type": "text/event-stream", "X-Accel-Buffering": "no" } });
    }),
  );
};

const TOO_MANY = {
  status: 503,
  title: "Too many followers",
  detail: `${FOLLOWERS_MAX} follow already`,
  headers: { "Retry-After": "5" },
};

/**
 * Where the feed begins. A follower whose hash is another than ours at its position holds another history: it gets a
 * snapshot that does not continue what it holds. The same when its position is so old that nobody can tell.
 */
async function beginningOf(
  { ledger }: ApiParts,
  after: Position | undefined,
  hash: string | undefined,
): Promise<{ readonly after: Position | undefined; readonly continues: string | undefined }> {
  if (after === undefined || hash === undefined || !HASH.test(hash)) return { after, continues: undefined };
  const verdict = await ledger.judge({ ...after, hash });
  // A fork and a follower that is ahead are told by the entries and the head: the follower proves it with what it holds.
  return { after, continues: verdict === "ours" ? hash : undefined };
}
