/** Work that never runs twice at once: what asks for it meanwhile is served by one more run afterwards. */

/** Runs `work`, and once more when it was asked for meanwhile. `work` must not reject. */
export function oneAtATime(work: () => Promise<void>): () => void {
  let running = false;
  let again = false;
  const run = async (): Promise<void> => {
    running = true;
    while (again) {
      again = false;
      await work();
    }
    running = false;
  };
  return () => {
    again = true;
    if (!running) void run();
  };
}
