/** Server-sent events, however the bytes are cut. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { EventReader } from "./event-reader.ts";

const STREAM =
  ": a comment\nevent: entry\nid: 7\ndata: one\ndata: two\n\nevent: head\r\ndata:three\r\n\r\n\ndata: four\n\nevent: none\n\n";

test("gives the same events whatever the parts", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(STREAM.length)), (cuts) => {
      const events: unknown[] = [];
      const reader = new EventReader((event) => events.push(event));
      const places = [0, ...cuts.sort((a, b) => a - b), STREAM.length];
      for (const [index, place] of places.slice(1).entries()) reader.add(STREAM.slice(places[index], place));
      expect(events).toEqual([
        { type: "entry", data: "one\ntwo" },
        { type: "head", data: "three" },
        { type: "", data: "four" },
      ]);
    }),
  );
});
