/** Cuts a stream of bytes into lines, with a bound on how long one may be. */
import { StringDecoder } from "node:string_decoder";

/** What is longer is cut there; the rest of the line is dropped. */
const LINE_MAX_CHARACTERS = 65_536;

/** Feeds whole lines, without their end, to `onLine`. */
export class LineSplitter {
  readonly #decoder = new StringDecoder("utf8");
  readonly #onLine: (line: string) => void;
  #rest = "";
  #dropping = false;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** Takes the next bytes. */
  write(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(chunk)).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#emit(line);
    if (this.#rest.length <= LINE_MAX_CHARACTERS) return;
    if (!this.#dropping) this.#onLine(this.#rest.slice(0, LINE_MAX_CHARACTERS));
    this.#dropping = true;
    this.#rest = "";
  }

  /** Gives out what has no line end. */
  end(): void {
    const rest = this.#rest + this.#decoder.end();
    this.#rest = "";
    if (rest !== "") this.#emit(rest);
  }

  #emit(line: string): void {
    const wasDropping = this.#dropping;
    this.#dropping = false;
    if (!wasDropping) this.#onLine(line.endsWith("\r") ? line.slice(0, -1) : line);
  }
}
