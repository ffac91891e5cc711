/** What a follower of the ledger asks of its runtime: a way to control, and a disk for a few small files. */

/** One server-sent event. */
export interface FeedEvent {
  readonly type: string;
  readonly data: string;
}

/** Why a feed is over. */
export type FeedEnd =
  /** It was open and ended, or stayed silent. */
  | { readonly kind: "ended"; readonly detail: string }
  | { readonly kind: "unreachable"; readonly detail: string }
  /** Control answered with another status than 200. */
  | { readonly kind: "refused"; readonly status: number; readonly detail: string };

/** An answer of control, or why there is none. */
export type ControlAnswer =
  | { readonly kind: "answer"; readonly status: number; readonly json: unknown }
  | { readonly kind: "unreachable"; readonly detail: string };

/** Speaks to control nodes. Never throws for what the network did. */
export interface ControlLink {
  /** Reads the feed until it ends, is silent for `silenceMs`, or is cancelled. */
  follow(
    url: string,
    options: {
      readonly token: string;
      /** `epoch:seq`; undefined: from a snapshot. */
      readonly after: string | undefined;
      /** The hash of the chain there. */
      readonly hash: string | undefined;
      /** Whether news of the other nodes is wanted. */
      readonly wantsFleet: boolean;
      readonly silenceMs: number;
      /** For the connection, TLS included; and once more for the answer to begin. */
      readonly connectMs: number;
      readonly onEvent: (event: FeedEvent) => void;
    },
  ): { readonly ended: Promise<FeedEnd>; cancel(): void };
  /** Sends JSON. */
  post(
    url: string,
    options: { readonly path: string; readonly token: string; readonly body: unknown; readonly timeoutMs: number },
  ): Promise<ControlAnswer>;
}

/** Small files that survive a crash whole or not at all. */
export interface NodeDisk {
  /** Undefined when there is no such file. */
  load(name: string): Promise<string | undefined>;
  /** On the disk when it settles. Rejects when the disk refuses. */
  save(name: string, text: string): Promise<void>;
  /** Adds to a file that was saved, and is on the disk when it settles; a crash may leave a part. Rejects when the disk refuses. */
  append(name: string, text: string): Promise<void>;
  /** As `load`, at once; undefined also when it cannot be read. For what is small and seldom. */
  loadNow(name: string): string | undefined;
  /** As `save`, at once. Throws when the disk refuses. */
  saveNow(name: string, text: string): void;
}

/** The secrets of a node: made on it, never sent but for the credential, and that only to control. */
export interface NodeSecrets {
  /** A new credential for an id. */
  newCredential(id: string): string;
  /** SHA-256 of a text in hexadecimal. */
  hashOf(text: string): string;
  /** A new P-256 key, PKCS #8 in PEM. */
  newKey(): string;
  /** The public half as SubjectPublicKeyInfo, in base64. Throws when it is no key. */
  publicKeyOf(key: string): string;
  /** ECDSA with SHA-256 over a text, in base64. */
  prove(key: string, text: string): string;
}
