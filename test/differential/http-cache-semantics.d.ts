/** What we use of http-cache-semantics, which ships no types. */
declare module "http-cache-semantics" {
  interface Message {
    readonly headers: Record<string, string>;
    readonly method?: string;
    readonly url?: string;
    readonly status?: number;
  }
  export default class CachePolicy {
    constructor(request: Message, response: Message, options?: { shared?: boolean; cacheHeuristic?: number });
    now(): number;
    storable(): boolean;
    satisfiesWithoutRevalidation(request: Message): boolean;
  }
}
