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
  /** Finishes what the main listener has in flight; the admin one goes last, so that a drain can be watched. */
  close(graceMs: number): Promise<void>;
}

/** Opens the admin listener first; when the main one cannot be opened, neither stays. */
export async function listenBoth(main: ListenOptions, admin: ListenOptions | undefined): Promise<BothListeners> {
  const adminListener = admin && (await listen(admin));
  try {
    const mainListener = await listen(main);
    return {
      main: mainListener,
      admin: adminListener,
      close: async (graceMs) => {
        await mainListener.close(graceMs);
        await adminListener?.close(0);
      },
    };
  } catch (error) {
    await adminListener?.close(0);
    throw error;
  }
}
