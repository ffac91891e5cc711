/** For `antipode.config.ts`: `export default defineConfig({ … })` completes and checks while one types. */
import type { Config } from "./types.ts";

/** Returns the config as it is; it serves for its type. */
export function defineConfig(config: Config): Config {
  return config;
}
