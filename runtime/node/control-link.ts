/** Speaks HTTP to control: the feed as server-sent events, requests as JSON. Over TLS the certificate is known by its fingerprint. */
import { type ClientRequest, type IncomingMessage, request as plainRequest, type RequestOptions } from "node:http";
import { request as tlsRequest } from "node:https";
import { isIP } from "node:net";
import { connect } from "node:tls";
import type { ControlAnswer, ControlLink, FeedEnd } from "../../core/ledger/follow-ports.ts";
import { parseJson } from "../../core/ledger/read-json.ts";
import { EventReader } from "./event-reader.ts";
import { keyFingerprintOf } from "./x509/certificate.ts";

/** Longest answer to a request that is read. */
const ANSWER_MAX_BYTES = 1_048_576;

/** The link. `tlsFingerprint` is SHA-256 of the public key of control's certificate in hexadecimal; without it only plain HTTP on loopback is spoken. */
export function controlLink(tlsFingerprint: string | undefined): ControlLink {
  const send = (url: URL, options: RequestOptions): ClientRequest | string => {
    if (url.protocol === "http:") {
      return isLoopback(url.hostname)
        ? plainRequest(url, options)
        : "plain HTTP is spoken on loopback only; write https://";
    }
    if (tlsFingerprint === undefined) return "the join token is for plain HTTP; take the one of a control with TLS";
    return tlsRequest(url, { ...options, createConnection: pinnedConnection(url, tlsFingerprint) });
  };
  return {
    follow: (url, options) => followFeed(send, url, options),
    post: (url, options) => postJson(send, url, options),
  };
}

type Send = (url: URL, options: RequestOptions) => ClientRequest | string;
type FollowOptions = Parameters<ControlLink["follow"]>[1];
type PostOptions = Parameters<ControlLink["post"]>[1];

function followFeed(send: Send, base: string, options: FollowOptions): ReturnType<ControlLink["follow"]> {
  const { token, after, silenceMs, onEvent } = options;
  const headers = {
    authorization: `Bearer ${token}`,
    accept: "text/event-stream",
    ...(after !== undefined && { "last-event-id": after }),
  };
  const request = send(new URL("/v1/feed", base), { headers });
  if (typeof request === "string")
    return { ended: Promise.resolve({ kind: "unreachable", detail: request }), cancel: () => {} };
  const ended = new Promise<FeedEnd>((resolve) => {
    let silence = setTimeout(() => request.destroy(new Error("it is silent")), silenceMs);
    const heard = (): void => {
      clearTimeout(silence);
      silence = setTimeout(() => request.destroy(new Error("it is silent")), silenceMs);
    };
    const end = (result: FeedEnd): void => {
      clearTimeout(silence);
      resolve(result);
    };
    request.on("error", (error) => end({ kind: "unreachable", detail: error.message }));
    request.on("close", () => end({ kind: "ended", detail: "the connection is closed" }));
    request.on("response", (response: IncomingMessage) => {
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

function postJson(send: Send, base: string, { path, token, body, timeoutMs }: PostOptions): Promise<ControlAnswer> {
  const text = JSON.stringify(body);
  const headers = {
    authorization: `Bearer ${token}`,
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  };
  const request = send(new URL(path, base), { method: "POST", headers });
  if (typeof request === "string") return Promise.resolve({ kind: "unreachable", detail: request });
  return new Promise((resolve) => {
    const end = (answer: ControlAnswer): void => {
      clearTimeout(timer);
      resolve(answer);
    };
    const timer = setTimeout(() => request.destroy(new Error("it does not answer in time")), timeoutMs);
    request.on("error", (error) => end({ kind: "unreachable", detail: error.message }));
    request.on("response", (response: IncomingMessage) => {
      let answer = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        answer += part;
        if (answer.length > ANSWER_MAX_BYTES) request.destroy(new Error("its answer is too long"));
      });
      response.on("error", (error) => end({ kind: "unreachable", detail: error.message }));
      response.on("end", () => end({ kind: "answer", status: response.statusCode ?? 0, json: parseJson(answer) }));
    });
    request.end(text);
  });
}

/** A TLS connection that is handed over, and so written to, only after the key of its certificate was found to be the expected one. */
function pinnedConnection(url: URL, fingerprint: string): NonNullable<RequestOptions["createConnection"]> {
  return (_options, onCreate) => {
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const servername = isIP(host) === 0 ? { servername: host } : {};
    const socket = connect({ host, port: Number(url.port) || 443, rejectUnauthorized: false, ...servername });
    const fail = (error: Error): void => onCreate(error, socket);
    socket.once("error", fail);
    socket.once("secureConnect", () => {
      socket.removeListener("error", fail);
      const certificate = socket.getPeerX509Certificate();
      if (certificate !== undefined && keyFingerprintOf(certificate) === fingerprint) return onCreate(null, socket);
      socket.destroy();
      return fail(new Error("its key is not the one of the join token"));
    });
    return undefined;
  };
}

function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i.test(host);
}
