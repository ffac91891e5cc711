/** The access log on a stream, for instance standard output. */
import type { Writable } from "node:stream";
import type { LogSink } from "./access-log.ts";

/** A sink that waits for the stream's reader. The stream stays open: it is not ours. */
export function streamSink(stream: Writable): LogSink {
  // A reader that went away is told by each write; an unheard error would end the process.
  stream.on("error", () => {});
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        stream.write(bytes, (error) => (error == null ? resolve() : reject(error)));
      }),
    close: () => Promise.resolve(),
  };
}
