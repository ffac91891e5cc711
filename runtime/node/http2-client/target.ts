/** The HTTP/2 connections of one target: who gets which, who waits, and whether the target speaks HTTP/2 at all. */
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Cancellation } from "../../../core/cancellation.ts";
import { connectionOpener, type Done, type Route } from "../connect.ts";
import { FailureError } from "../upstream-failure.ts";
import { POOL_LIMITS, type PoolOptions } from "../upstream-pools.ts";
import { type ConnectionOwner, HTTP2_LIMITS, Http2Connection } from "./connection.ts";

/** For how long it is remembered that a target speaks HTTP/1.1 only. */
const HTTP1_REMEMBERED_MS = 600_000;

/** What became of a request that wants a connection: it is on one, or why not; `http1`: the target does not speak HTTP/2. */
export type Found = Http2Connection | "http1" | FailureError;

/** A request that wants a connection. */
export interface Seeker {
  readonly cancellation: Cancellation;
  /** Surely not an old one. */
  readonly fresh: boolean;
  /** Called at once with the connection that it gets: room is counted by what is sent. */
  begin(connection: Http2Connection): void;
}

interface Waiter {
  readonly seeker: Seeker;
  settle(found: Found): void;
}

/** How a target is reached. */
export interface TargetOptions {
  readonly route: Route;
  readonly origin: string;
  readonly options: PoolOptions;
  readonly limits: ConnectionOwner["limits"];
}

/** Opened as they are needed, one after the other while the first may do. */
export class Http2Target {
  readonly #origin: string;
  readonly #open: (callback: Done) => void;
  readonly #connectionsMax: number;
  readonly #owner: ConnectionOwner;
  readonly #connections = new Set<Http2Connection>();
  /** They take no more requests, and may have some to end. */
  readonly #leaving = new Set<Http2Connection>();
  readonly #waiters = new Set<Waiter>();
  #opening = 0;
  #isDestroyed = false;
  #http1UntilMs = 0;

  constructor({ route, origin, options, limits }: TargetOptions) {
    this.#origin = origin;
    this.#open = connectionOpener(route, options, ["h2", "http/1.1"]);
    this.#connectionsMax = options.connectionsPerTarget ?? POOL_LIMITS.connectionsPerTarget;
    this.#owner = {
      idleMs: options.idleConnectionMs ?? POOL_LIMITS.keepAliveMs,
      limits,
      freed: () => this.#pump(),
      retired: (connection) => {
        this.#connections.delete(connection);
        this.#leaving.add(connection);
      },
      gone: (connection) => this.#leaving.delete(connection),
    };
  }

  /** Whether nothing is under way. */
  get isIdle(): boolean {
    return this.#waiters.size === 0 && this.#all().every(({ streams }) => streams === 0);
  }

  /** Begins a request on a connection, now or when there is one. */
  acquire(seeker: Seeker): Found | Promise<Found> {
    if (this.#isDestroyed) return new FailureError("cancelled", "closed");
    if (performance.now() < this.#http1UntilMs) return "http1";
    const found = seeker.fresh ? undefined : this.#withRoom();
    if (found !== undefined) {
      seeker.begin(found);
      return found;
    }
    if (this.#waiters.size >= POOL_LIMITS.queuedPerTarget) {
      return new FailureError("busy", "too many requests wait for this upstream");
    }
    return this.#wait(seeker);
  }

  /** Remembers that it wants HTTP/1.1. */
  speaksHttp1(): void {
    this.#http1UntilMs = performance.now() + HTTP1_REMEMBERED_MS;
  }

  destroy(): void {
    this.#isDestroyed = true;
    for (const waiter of this.#waiters) waiter.settle(new FailureError("cancelled", "closed"));
    for (const connection of this.#all()) connection.destroy();
  }

  #all(): readonly Http2Connection[] {
    return [...this.#connections, ...this.#leaving];
  }

  #wait(seeker: Seeker): Promise<Found> {
    return new Promise((resolve) => {
      const stops: (() => void)[] = [];
      const waiter: Waiter = {
        seeker,
        settle: (found) => {
          this.#waiters.delete(waiter);
          for (const stop of stops) stop();
          if (found instanceof Http2Connection) seeker.begin(found);
          resolve(found);
        },
      };
      this.#waiters.add(waiter);
      const tooLate = (): void => waiter.settle(new FailureError("busy", "no connection became free"));
      const timer = setTimeout(tooLate, POOL_LIMITS.queueWaitMs);
      stops.push(() => clearTimeout(timer));
      stops.push(seeker.cancellation.onCancel(() => waiter.settle(new FailureError("cancelled", "cancelled"))));
      this.#openMore();
    });
  }

  #withRoom(): Http2Connection | undefined {
    for (const connection of this.#connections) if (connection.hasRoom) return connection;
    return undefined;
  }

  /** One connection is opened for as many who wait as it may carry; for who wants a new one, one each. */
  #openMore(): void {
    if (this.#isDestroyed || this.#waiters.size === 0) return;
    const fresh = [...this.#waiters].filter(({ seeker }) => seeker.fresh).length;
    const wanted = fresh + Math.ceil((this.#waiters.size - fresh) / HTTP2_LIMITS.streamsPerConnection);
    while (this.#opening < wanted && this.#connections.size + this.#opening < this.#connectionsMax) {
      this.#opening += 1;
      this.#open((error, socket) => {
        this.#opening -= 1;
        this.#opened(error, socket);
      });
    }
  }

  #opened(error: FailureError | null, socket: Socket | null): void {
    if (socket === null || this.#isDestroyed) {
      socket?.destroy();
      this.#tellSome(error ?? new FailureError("refused", "no connection"));
    } else if (!(socket instanceof TLSSocket) || socket.alpnProtocol !== "h2") {
      socket.destroy();
      this.speaksHttp1();
      for (const waiter of this.#waiters) waiter.settle("http1");
    } else {
      const connection = new Http2Connection(this.#origin, socket, this.#owner);
      this.#connections.add(connection);
      const [first] = [...this.#waiters].filter(({ seeker }) => seeker.fresh);
      first?.settle(connection);
      this.#pump();
    }
  }

  /** Those for whom the connection was to be. */
  #tellSome(failure: FailureError): void {
    let left: number = HTTP2_LIMITS.streamsPerConnection;
    for (const waiter of this.#waiters) {
      if (left === 0) break;
      left -= 1;
      waiter.settle(failure);
    }
    this.#openMore();
  }

  #pump(): void {
    for (const waiter of this.#waiters) {
      if (waiter.seeker.fresh) continue;
      const connection = this.#withRoom();
      if (connection === undefined) break;
      waiter.settle(connection);
    }
    this.#openMore();
  }
}
