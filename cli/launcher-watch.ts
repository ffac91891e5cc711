/** The launcher (`bin/antipode` under an older Node) and this process are one to the user: when it is killed, so is this. */

/**
 * Ends this process when the launcher that started it is gone. The launcher forwards every signal that it can catch, so
 * a channel that breaks means SIGKILL, and the same is done here: no orphan keeps a port.
 */
export function watchLauncher(): void {
  if (process.env.ANTIPODE_LAUNCHER !== "1") return;
  delete process.env.ANTIPODE_LAUNCHER;
  const end = () => process.kill(process.pid, "SIGKILL");
  process.once("disconnect", end);
  if (!process.connected) end();
  process.channel?.unref();
}
