/** Says in Cache-Status that an edge has no store that its other isolates share. */
import type { FieldLine } from "../../core/http/fields.ts";
import type { Reply } from "../../core/ports.ts";

/** The reply with `reason` at the end of our member of Cache-Status (the last one), unless that has a reason already. */
export function withStoreReason<B>(reply: Reply<B>, reason: string | undefined): Reply<B> {
  if (reason === undefined) return reply;
  const { head } = reply;
  const fields = head.fields.map(([name, value]): FieldLine => {
    if (name !== "cache-status" || /; reason=[a-z-]+$/.test(value)) return [name, value];
    return [name, `${value}; reason=${reason}`];
  });
  return { ...reply, head: { ...head, fields }, sent: (result) => reply.sent(result) };
}
