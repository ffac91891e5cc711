/** What we use of geoip-lite, which ships no types. */
declare module "geoip-lite" {
  export interface Lookup {
    readonly country: string;
    readonly ll: readonly [number | null, number | null] | null;
    /** Radius in kilometres. */
    readonly area: number;
  }
  export function lookup(address: string): Lookup | null;
}
