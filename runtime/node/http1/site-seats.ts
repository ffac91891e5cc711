/** How many connections each site holds: a connection sits with the site that its last request was for. */

/** The seats of one listener; bounded by the number of its connections. */
export class SiteSeats<Connection extends object> {
  readonly #siteOf: (authority: string) => string | undefined;
  readonly #seatsPerSite: number;
  readonly #taken = new Map<string, number>();
  readonly #sites = new Map<Connection, string>();

  constructor(siteOf: (authority: string) => string | undefined, seatsPerSite: number) {
    this.#siteOf = siteOf;
    this.#seatsPerSite = seatsPerSite;
  }

  /** Whether the connection may ask the site of this authority; it then sits there. Unknown sites have no seats. */
  take(connection: Connection, authority: string): boolean {
    const site = this.#siteOf(authority);
    if (site === undefined || this.#sites.get(connection) === site) return true;
    const taken = this.#taken.get(site) ?? 0;
    if (taken >= this.#seatsPerSite) return false;
    this.leave(connection);
    this.#taken.set(site, taken + 1);
    this.#sites.set(connection, site);
    return true;
  }

  /** The connection is gone, or goes to another site. */
  leave(connection: Connection): void {
    const site = this.#sites.get(connection);
    if (site === undefined) return;
    this.#sites.delete(connection);
    const taken = (this.#taken.get(site) ?? 1) - 1;
    if (taken > 0) this.#taken.set(site, taken);
    else this.#taken.delete(site);
  }
}
