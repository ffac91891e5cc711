/** Settings that nothing reads: an operator who sets one would wonder why nothing changes. */
import { globSync, readFileSync } from "node:fs";
import path from "node:path";

/** Those that wait for the feature they belong to. A reader may come before the name leaves this list. */
export const WAITING: Readonly<Record<string, readonly string[]>> = {
  "TLS and HTTP/2": [
    ...["handshakesPerIpPerSecondMax", "handshakesPerIpBurst", "tlsHandshakeTimeoutMs", "http2StreamsMax"],
    ...["http2StreamWindowBytes", "http2ConnectionWindowBytes", "http2ResetsPerMinuteMax", "http2PingsPerMinuteMax"],
    "http2SettingsPerMinuteMax",
  ],
  "limits on rates": ["requestsPerIpPerSecondMax", "missesPerIpPerSecondMax", "clientErrorsPerIpPerSecondMax"],
  "the store": [
    ...["diskObjectMaxBytes", "storedHeaderMaxBytes", "variantsPerKeyMax", "heuristicPercent", "heuristicMaxSeconds"],
    ...["waiterLagMaxBytes", "rangesPerRequestMax"],
  ],
  "origin pools": [
    ...["originQueueMax", "originQueueWaitMs", "originIdleConnectionMs", "originRetryBudgetPercent"],
    ...["originRetriesPerSecondMin", "breakerFailurePercent", "breakerRequestsMin", "breakerOpenMs"],
    ...["breakerOpenMaxMs", "errorHoldDownMs"],
  ],
  "routing and DNS": [
    ...["panicHealthyPercent", "dnsTtlSeconds", "dnsNegativeTtlSeconds", "dnsUdpMaxBytes", "dnsTcpIdleMs"],
    ...["dnsAnswersPerPrefixPerSecond", "dnsErrorsPerPrefixPerSecond", "dnsTcpConnectionsMax"],
  ],
  "the ledger and the API": [
    ...["purgeKeysPerSiteMax", "purgesPerSitePerSecondMax", "purgesPerSiteBurst", "purgeOperationsMax"],
    ...["purgeAllPerMinuteMax", "apiBodyMaxBytes", "siteConfigMaxBytes", "configGenerationsKept"],
    ...["feedHeadIntervalMs", "reconnectDelayMinMs", "reconnectDelayMaxMs", "clockSkewAlarmMs"],
  ],
};

/** The names that no source file outside the table mentions. */
export function unreadSettings(root: string, names: readonly string[]): string[] {
  const files = globSync("{cli,control,core,edge,fleet,origin,router,runtime}/**/*.ts", { cwd: root });
  const readers = files.filter((file) => !/\.test\.ts$|^core[/\\]config[/\\]settings/.test(file));
  const words = new Set(readers.flatMap((file) => readFileSync(path.join(root, file), "utf8").match(/\w+/g) ?? []));
  return names.filter((name) => !words.has(name));
}
