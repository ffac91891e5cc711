/**
 * No orphan: a role that `antipode dev` started ends when `antipode dev` is gone, however it went. Its standard input is
 * a pipe that the parent holds and never writes to; the end of it means that nobody is there any more.
 */

/** The environment variable that switches the watch on. */
export const PARENT_WATCH_VARIABLE = "ANTIPODE_PARENT";

/** How long a role may take to stop by itself after its parent went. */
const STOP_GRACE_MS = 2_000;

/** What of the process the watch needs. */
export interface WatchedProcess {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadableStream & { unref?(): unknown };
  /** Asks this process to stop as SIGTERM would. */
  stop(): void;
  /** Ends this process now. */
  exit(): void;
}

/** Watches the parent if the environment says so; calling it twice does no harm. Does not keep the process alive. */
export function watchParent(watched: WatchedProcess = thisProcess()): void {
  if (watched.env[PARENT_WATCH_VARIABLE] !== "1") return;
  let gone = false;
  const parentGone = (): void => {
    if (gone) return;
    gone = true;
    watched.stop();
    setTimeout(() => watched.exit(), STOP_GRACE_MS).unref();
  };
  const { stdin } = watched;
  stdin.once("end", parentGone);
  stdin.once("close", parentGone);
  stdin.once("error", parentGone);
  stdin.resume();
  stdin.unref?.();
}

function thisProcess(): WatchedProcess {
  return {
    env: process.env,
    stdin: process.stdin,
    stop: () => process.kill(process.pid, "SIGTERM"),
    exit: () => process.exit(1),
  };
}
