/** Speaks HTTP to control: the feed as server-sent events, requests as JSON. */
import type { IncomingMessage } from "node:http";
import type { ControlAnswer, ControlLink, FeedEnd } from "../../core/ledger/follow-ports.ts";
import { parseJson } from "../../core/ledger/read-json.ts";
import { type ControlTrust, controlSender, type SendToControl } from "./control-request.ts";
import { EventReader } from "./event-reader.ts";

/** Longest answer to a request that is read: all sites of a fleet fit. */
const ANSWER_MAX_CHARACTERS = 64 * 1_048_576;

/** The link. `tlsFingerprint` is SHA-256 of the public key of control's certificate in hexadecimal; without it only plain HTTP on loopback is spoken. */
export function controlLink(tlsFingerprint: string | undefined): ControlLink {
  const trust: ControlTrust =
    tlsFingerprint === undefined ? { kind: "none" } : { kind: "key", fingerprint: tlsFingerprint };
  const send = controlSender(trust);
  return {
    follow: (url, options) => followFeed(send, url, options),
    post: (url, { body, ...options }) => askControl(send, url, { method: "POST", body, ...options }),
  };
}

type FollowOptions = Parameters<ControlLink["follow"]>[1];

function followFeed(send: SendToControl, base: string, options: FollowOptions): ReturnType<ControlLink["follow"]> {
  const { token, after, hash, wantsFleet, silenceMs, connectMs, onEvent } = options;
  const headers = {
    authorization: `Bearer ${token}`,
    accept: "text/event-stream",
    ...(after !== undefined && { "last-event-id": after }),
  };
  const query = new URLSearchParams({ ...(hash !== undefined && { hash }), ...(wantsFleet && { fleet: "1" }) });
  const request = send(new URL(`/v1/feed?${query}`, base), { headers }, connectMs);
  if (typeof request === "string")
    return { ended: Promise.resolve({ kind: "unreachable", detail: request }), cancel: () => {} };
  const ended = new Promise<FeedEnd>((resolve) => {
    let silence = setTimeout(() => request.destroy(new Error("it is silent")), silenceMs);
    const heard = (): void => {
      clearTimeout(silence);
      silence = setTimeout(() => request.destroy(new Error("it is silent")), silenceMs);
    };
    const giveUp = (): void => void request.destroy(new Error("it does not answer"));
    let connecting = setTimeout(giveUp, connectMs);
    request.on("socket", (socket) => {
      const connected = (): void => {
        clearTimeout(connecting);
        connecting = setTimeout(giveUp, connectMs);
      };
      if (socket.connecting) socket.once("connect", connected);
      else connected();
    });
    const end = (result: FeedEnd): void => {
      clearTimeout(silence);
      clearTimeout(connecting);
      resolve(result);
    };
    request.on("error", (error) => end({ kind: "unreachable", detail: error.message }));
    request.on("close", () => end({ kind: "ended", detail: "the connection is closed" }));
    request.on("response", (response: IncomingMessage) => {
      clearTimeout(connecting);
      const { statusCode: status = 0 } = response;
      if (status !== 200) {
        end({ kind: "refused", status, detail: `it answers ${status}` });
        return void request.destroy();
      }
      const reader = new EventReader(onEvent);
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        heard();
        if (reader.add(text) === "overflow") request.destroy(new Error("an event is too long"));
      });
      response.on("error", (error) => end({ kind: "ended", detail: error.message }));
      response.on("end", () => end({ kind: "ended", detail: "control ended the feed" }));
    });
    request.end();
  });
  return { ended, cancel: () => void request.destroy() };
}

/** A request to control and its answer as JSON. */
export interface ControlAsk {
  readonly method: string;
  readonly path: string;
  readonly token: string | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** Asks control something. Never rejects. */
export function askControl(send: SendToControl, base: string, ask: ControlAsk): Promise<ControlAnswer> {
  const { method, path, token, body, timeoutMs } = ask;
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(text !== undefined && { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
    ...ask.headers,
  };
  const request = send(new URL(path, base), { method, headers }, timeoutMs);
  if (typeof request === "string") return Promise.resolve({ kind: "unreachable", detail: request });
  return new Promise((resolve) => {
    const end = (answer: ControlAnswer): void => {
      clearTimeout(timer);
      resolve(answer);
    };
    const timer = setTimeout(() => request.destroy(new Error("it does not answer in time")), timeoutMs);
    request.on("error", (error) => end({ kind: "unreachable", detail: reasonOf(error) }));
    request.on("response", (response: IncomingMessage) => {
      let answer = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        answer += part;
        if (answer.length > ANSWER_MAX_CHARACTERS) request.destroy(new Error("its answer is too long"));
      });
      response.on("error", (error) => end({ kind: "unreachable", detail: error.message }));
      response.on("end", () => end({ kind: "answer", status: response.statusCode ?? 0, json: parseJson(answer) }));
    });
    request.end(text);
  });
}

/** Node puts the reasons of several addresses into one error without a message. */
function reasonOf(error: Error): string {
  const [first] = error instanceof AggregateError ? error.errors : [error];
  return first instanceof Error ? first.message : error.message;
}
