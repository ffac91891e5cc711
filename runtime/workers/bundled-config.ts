/** The config of several sites, when one is built in: `npm run deploy:workers -- --config FILE` puts it in this file's place. */

/** Undefined: there is one site, and variables describe it. */
export const bundledConfig: unknown = undefined;

/** When it was built in, in milliseconds since the Unix epoch. */
export const bundledAtMs: number = 0;
