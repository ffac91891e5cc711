/** The two listeners of a role: the public one and the admin one, opened and closed together. */
import type { ListenOptions } from "./http1/listener-options.ts";
import { type Listener, listen } from "./http1/server.ts";

/** Where to listen, or where something listens. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** Both, open. */
export interface BothListeners {
  readonly main: Listener;
  readonly admin: Listener | undefined;
  /**
   * Finishes what the main listener has in flight. The admin one goes last, so that a drain can be watched; when another
   * process may share its address, at once, so that those who ask hear of that process only.
   */
  close(graceMs: number): Promise<void>;
}

/** For a question that is on its way to the admin listener. */
const ADMIN_GRACE_MS = 500;

/** Opens the admin listener first; when the main one cannot be opened, neither stays. */
export async function listenBoth(main: ListenOptions, admin: ListenOptions | undefined): Promise<BothListeners> {
  const adminListener = admin && (await listen(admin));
  try {
    const mainListener = await listen(main);
    return {
      main: mainListener,
      admin: adminListener,
      close: async (graceMs) => {
        const left = admin?.reusePort === true ? adminListener?.close(ADMIN_GRACE_MS) : undefined;
        await mainListener.close(graceMs);
        await (left ?? adminListener?.close(0));
      },
    };
  } catch (error) {
    await adminListener?.close(0);
    throw error;
  }
}
