/** What Node's parser and timers say about a connection, as a status for its last answer. */

/** Undefined: the client is gone, nothing is said. */
export function statusOfParseError(error: Error): number | undefined {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return 431;
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return 413;
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return 408;
    case "HPE_INVALID_VERSION":
      return /^[^\r\n]* HTTP\/\d\.\d\r\n/.test(packetOf(error)) ? 505 : 400;
    case "HPE_INVALID_METHOD":
      return unknownMethod(error) ? 501 : 400;
    default:
      return code.startsWith("HPE_") ? 400 : undefined;
  }
}

/** Node's parser knows a closed list of methods; a well-formed line with another token is not malformed. */
function unknownMethod(error: Error): boolean {
  const line = packetOf(error).split("\r\n", 1)[0] ?? "";
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32} [\x21-\x7e]+ HTTP\/1\.[01]$/.test(line);
}

/** What was being parsed when it failed, from the beginning of its line. */
function packetOf(error: Error): string {
  if (!("rawPacket" in error && error.rawPacket instanceof Uint8Array)) return "";
  const packet = Buffer.from(error.rawPacket).toString("latin1");
  const failedAt = "bytesParsed" in error && typeof error.bytesParsed === "number" ? error.bytesParsed : 0;
  return packet.slice(failedAt === 0 ? 0 : packet.lastIndexOf("\n", failedAt - 1) + 1);
}
