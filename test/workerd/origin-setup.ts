/**
 * The origin of the tests on workerd: it runs on Node, says exactly the bytes that a request's path spells, and closes.
 * `/echo` answers with the request itself.
 */
import type { TestProject } from "vitest/node";
import { rawOrigin } from "../contract/raw-origin.ts";

declare module "vitest" {
  interface ProvidedContext {
    readonly originPort: number;
    readonly closedPort: number;
  }
}

/** Starts it before the tests, stops it after them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const origin = await rawOrigin(({ socket, received }) => {
    const target = received().split(" ", 2)[1] ?? "/";
    const [path = "", query = ""] = target.slice(1).split("?", 2);
    if (path === "echo") {
      // A body that follows its head has arrived a moment later.
      setTimeout(() => {
        const text = received();
        const bytes = Buffer.byteLength(text, "latin1");
        socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${bytes}\r\n\r\n${text}`, "latin1");
      }, 30);
      return;
    }
    const bytes = Buffer.from(path, "base64url");
    if (query === "stays") socket.write(bytes);
    else socket.end(bytes);
  });
  const closed = await rawOrigin(() => {});
  await closed.close();
  project.provide("originPort", origin.port);
  project.provide("closedPort", closed.port);
  return () => origin.close();
}
