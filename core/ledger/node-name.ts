/** How nodes are named in certificates, and what they sign to show that a key is theirs. */

/** Who a node is. */
export interface NodeName {
  readonly role: string;
  readonly id: string;
}

const URI = /^antipode:\/\/(edge|router|control)\/([A-Za-z0-9][A-Za-z0-9._-]{0,63})$/;

/** The URI of a node in the subject alternative names of its certificate. */
export function nodeUri({ role, id }: NodeName): string {
  return `antipode://${role}/${id}`;
}

/** Reads the URI of a node; undefined when it is none. */
export function parseNodeUri(uri: string): NodeName | undefined {
  const [, role, id] = URI.exec(uri) ?? [];
  return role === undefined || id === undefined ? undefined : { role, id };
}

/** What a node signs with the key that it wants certified: nobody else's certificate can be asked for with it. */
export function proofText(id: string, publicKey: string): string {
  return `antipode certificate 1\n${id}\n${publicKey}`;
}
