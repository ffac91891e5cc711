/** Reads server-sent events out of a stream of text (HTML Standard §9.2.6): only `event` and `data` matter here. */
import type { FeedEvent } from "../../core/ledger/follow-ports.ts";

/** Longest event: a snapshot of a large fleet fits. */
const EVENT_MAX_CHARACTERS = 256 * 1_048_576;

/** The reader of one stream. */
export class EventReader {
  readonly #onEvent: (event: FeedEvent) => void;
  /** Parts of a line that is not whole yet: joined once, however many come. */
  #parts: string[] = [];
  #length = 0;
  #type = "";
  #data: string[] = [];

  constructor(onEvent: (event: FeedEvent) => void) {
    this.#onEvent = onEvent;
  }

  /** Takes the next text. `overflow`: an event is longer than anything that control sends. */
  add(text: string): "ok" | "overflow" {
    let from = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
      const line = this.#parts.join("") + text.slice(from, end);
      this.#parts = [];
      from = end + 1;
      this.#line(line.endsWith("\r") ? line.slice(0, -1) : line);
    }
    if (from < text.length) this.#parts.push(text.slice(from));
    this.#length += text.length;
    return this.#length > EVENT_MAX_CHARACTERS ? "overflow" : "ok";
  }

  #line(line: string): void {
    if (line === "") {
      const event = { type: this.#type, data: this.#data.join("\n") };
      const isEvent = this.#data.length > 0;
      this.#type = "";
      this.#data = [];
      this.#length = 0;
      if (isEvent) this.#onEvent(event);
    } else if (line.startsWith("data:")) this.#data.push(fieldValue(line, 5));
    else if (line.startsWith("event:")) this.#type = fieldValue(line, 6);
  }
}

function fieldValue(line: string, from: number): string {
  return line.slice(line[from] === " " ? from + 1 : from);
}
