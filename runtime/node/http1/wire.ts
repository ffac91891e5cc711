/** What a connection needs of the transport below it: bytes in, bytes out, how full it is and how it ends. */

/** Who is told of a wire's life. */
export interface WireOwner {
  /** Bytes that came. They are lent for this call: whoever keeps some of them copies those. */
  received(chunk: Buffer): void;
  /** The client says no more. */
  ended(): void;
  /** Everything written has left, some time after it was written. */
  left(): void;
  /** It is closed, whoever did it. Called once. */
  closed(): void;
}

/** One accepted connection, before anybody has read HTTP out of it. Broken ones close without a word. */
export interface Wire {
  /** The address literal of the peer, as the system writes it. */
  readonly peerAddress: string;
  /** Neither destroyed nor broken. */
  readonly open: boolean;
  /** Bytes written that have not all left: those of a write count until the last of them has. */
  readonly queuedBytes: number;
  /** Bytes that wait to leave: they get fewer as long as the client reads. */
  readonly unsentBytes: number;
  readonly paused: boolean;
  /** With TLS: whether a request for this host belongs here; without: it does. */
  isFor?(authority: string): boolean;
  /** From now on this owner is told, and reading begins. */
  attach(owner: WireOwner): void;
  /** Gives the owner bytes that were read before it came. */
  replay(bytes: Buffer): void;
  /** Is called when it has closed, before the owner is told. */
  whenClosed(action: () => void): void;
  /** Writes text (Latin-1), bytes and text in one piece; true when more may follow at once. Ignored when it is not open. */
  write(before: string, bytes: Uint8Array | undefined, after: string): boolean;
  /** Writes text and says no more; closes when the client has said its last, too. */
  end(words: string): void;
  pause(): void;
  resume(): void;
  destroy(): void;
  /** Destroys it with a reset: the kernel keeps nothing for the client. */
  reset(): void;
}

/** The owner of a wire that nobody has attached to yet. */
export const NOBODY: WireOwner = { received: () => {}, ended: () => {}, left: () => {}, closed: () => {} };

/** More than this in the queue, and who writes should wait. */
export const HIGH_WATER_BYTES = 65_536;
/** Up to this size text and bytes are copied into one piece: cheaper than a second one. */
export const JOINED_BYTES = 4_096;
