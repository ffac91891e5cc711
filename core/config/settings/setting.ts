/** What a row of the settings table is. */

/** Units, as they stand at the end of a setting's name or beside it. */
export type Unit =
  | "bytes"
  | "connections"
  | "entries"
  | "fields"
  | "milliseconds"
  | "percent"
  | "probes"
  | "requests"
  | "seconds"
  | "times"
  | "nodes"
  | "bytes per second"
  | "per second"
  | "per minute";

/** One limit or timer. Bounds are inclusive; values are whole numbers unless `fraction`. */
export interface Setting {
  readonly unit: Unit;
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly fraction?: true;
  /** A paragraph for the one who thinks of changing it. */
  readonly about: string;
}
