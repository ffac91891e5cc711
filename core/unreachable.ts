/** Ends every switch on a union, so that the compiler finds a forgotten case. */

/** Throws: reaching it is a bug of ours, never of the input. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
