/** Which paths have answered with No-Vary-Search, so that a request can be looked up without what does not matter. */
import type { SearchVariance } from "./no-vary-search.ts";

/** Variances remembered for one path: the newest. A path that says more than these differently finds fewer hits. */
const VARIANCES_PER_PATH_MAX = 2;

const NONE: readonly SearchVariance[] = [];

/** Remembers paths and variances; bounded, the path that learned longest ago is forgotten first. */
export class SearchVariances {
  readonly #maxPaths: number;
  readonly #byPath = new Map<string, readonly SearchVariance[]>();

  constructor(options: { readonly maxPaths: number }) {
    this.#maxPaths = options.maxPaths;
  }

  learn(path: string, variance: SearchVariance): void {
    const others = this.of(path).filter(({ id }) => id !== variance.id);
    this.#byPath.delete(path);
    this.#byPath.set(path, [variance, ...others].slice(0, VARIANCES_PER_PATH_MAX));
    if (this.#byPath.size <= this.#maxPaths) return;
    const [oldest] = this.#byPath.keys();
    if (oldest !== undefined) this.#byPath.delete(oldest);
  }

  /** The newest first. */
  of(path: string): readonly SearchVariance[] {
    return this.#byPath.get(path) ?? NONE;
  }

  get isEmpty(): boolean {
    return this.#byPath.size === 0;
  }
}
