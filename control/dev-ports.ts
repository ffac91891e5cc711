/** The ports of `antipode dev`: one block, moved as a whole by `--port`, so that two can run side by side. */

/** Every port of one block. */
export interface DevPorts {
  readonly router: number;
  readonly control: number;
  readonly demoOrigin: number;
  /** In the order of the edges. */
  readonly edges: readonly number[];
  readonly edgeAdmins: readonly number[];
  readonly routerAdmin: number;
}

/** The base of the contract's ports: 8080, 8081, 8090, 8101–8103, 8201–8203, 8280. */
export const DEFAULT_DEV_PORT = 8080;

/** From the base to the highest port of a block. */
const SPAN = 200;

/** Two blocks whose bases are this far apart never meet. */
export const DEV_PORT_STEP = 1000;

/** The largest base whose block still fits. */
export const HIGHEST_DEV_PORT = 65_535 - SPAN;

/** The block that begins at `base`. */
export function devPorts(base: number, edges: number): DevPorts {
  const from = (offset: number): number[] => Array.from({ length: edges }, (_, index) => base + offset + index);
  return {
    router: base,
    control: base + 1,
    demoOrigin: base + 10,
    edges: from(21),
    edgeAdmins: from(121),
    routerAdmin: base + SPAN,
  };
}
