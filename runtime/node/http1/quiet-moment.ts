/** When a listening socket may be closed: right after nothing was waiting on it. */

/** A turn of the event loop that took less than this found nothing to do, so nobody waited to be accepted. */
const QUIET_TURN_MS = 0.02;
/** Under a load that leaves no quiet turn it happens all the same. */
const TURNS_MAX = 2_000;

/**
 * Acts in a turn of the event loop that had nothing to do, or after so many busy ones. The kernel resets connections that
 * wait in the queue of a socket when it is closed, and Node cannot hand them over: this makes the window some
 * microseconds. Linux closes it altogether with `net.ipv4.tcp_migrate_req=1`.
 */
export function inQuietMoment(action: () => void): void {
  let turns = 0;
  let beforeMs = performance.now();
  const turn = (): void => {
    const nowMs = performance.now();
    const quiet = turns > 0 && nowMs - beforeMs < QUIET_TURN_MS;
    beforeMs = nowMs;
    turns += 1;
    if (quiet || turns > TURNS_MAX) action();
    else setImmediate(turn);
  };
  setImmediate(turn);
}
