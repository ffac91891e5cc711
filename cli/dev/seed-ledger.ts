/** The ledger of `antipode dev`: made before control starts, with the sites in it, so that the edges find their join token. */
import { openDataFolder } from "../../control/data-folder.ts";
import { LEDGER_RUNTIME } from "../../control/node.ts";
import { openLedger } from "../../control/open-ledger.ts";
import { defaultSettings } from "../../core/config/settings.ts";
import { isJson } from "../../core/ledger/canonical-json.ts";
import type { Draft } from "../../core/ledger/entry.ts";
import { systemClock } from "../../runtime/node/clock.ts";

/** Where its tokens lie. */
export interface SeededLedger {
  readonly adminTokenFile: string;
  readonly joinTokenFile: string;
}

/** Makes a ledger in a folder and writes these sites, found good already, to it. */
export async function seedLedger(folder: string, sites: Readonly<Record<string, unknown>>): Promise<SeededLedger> {
  const data = openDataFolder(folder);
  const { auditEntriesKept } = defaultSettings;
  const about = { runtime: LEDGER_RUNTIME, clock: systemClock, tlsFingerprint: undefined, auditEntriesKept };
  const opened = await openLedger(data, { ...about, say: () => {} });
  const at = systemClock.nowMs();
  const drafts = Object.entries(sites).flatMap(([site, given]): Draft[] => {
    // Without members that are undefined, which a config in TypeScript may have.
    const config: unknown = JSON.parse(JSON.stringify(given));
    return isJson(config) ? [{ at, author: "dev", kind: "site-version", site, payload: { config } }] : [];
  });
  await opened.ledger.write(() => ({ kind: "write", drafts }));
  await opened.close();
  return data;
}
