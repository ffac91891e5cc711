/** The limits of a listener as the settings table has them. */
import type { Settings } from "../../../core/config/settings.ts";
import type { ResponseLimits } from "../../../core/http/guard-response.ts";
import type { ListenerLimits } from "./listener-options.ts";

/** What of the table concerns HTTP/1.1 connections; the rest keeps its start values. */
export function limitsOfSettings(settings: Settings): Partial<ListenerLimits> {
  return {
    requestLineBytes: settings.targetMaxBytes,
    fieldLineBytes: settings.headerLineMaxBytes,
    headBytes: settings.headerTotalMaxBytes,
    fields: settings.headerFieldsMax,
    silenceMs: settings.headersTimeoutMs,
    headersMs: settings.headersTimeoutMs,
    requestMs: settings.requestTimeoutMs,
    bodyMinBytesPerSecond: settings.requestBodyMinBytesPerSecond,
    keepAliveMs: settings.keepAliveIdleMs,
    timerGranularityMs: settings.connectionsCheckIntervalMs,
    writeStallMs: settings.writeStallTimeoutMs,
    crowdedStallMs: settings.writeStallCrowdedTimeoutMs,
    stalledReaders: settings.stalledReadersMax,
    sendTimeoutMs: settings.sendTimeoutMs,
    sendMinBytesPerSecond: settings.sendMinBytesPerSecond,
    requestsPerConnection: settings.requestsPerConnectionMax,
    connectionAgeMs: settings.connectionAgeMaxMs,
    connections: settings.connectionsMax,
    connectionsPerIpv4: settings.connectionsPerIpv4Max,
    connectionsPerIpv6Prefix: settings.connectionsPerIpv6PrefixMax,
    connectionsPerSite: settings.connectionsPerSiteMax,
    bodyBytes: settings.requestBodyMaxBytes,
  };
}

/** What of the table concerns the heads of upstream responses. */
export function responseLimitsOf(settings: Settings): ResponseLimits {
  return {
    headBytes: settings.originHeaderTotalMaxBytes,
    fields: settings.originHeaderFieldsMax,
    interimResponses: settings.originInterimResponsesMax,
  };
}
