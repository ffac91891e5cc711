/** The commands: one line each, in the order of `antipode --help`. A module is loaded only when it is needed. */
import type { Registry } from "./dispatch.ts";

/** Every command by name. */
export const COMMANDS: Registry = {
  dev: () => import("./dev.ts"),
  edge: () => import("./edge.ts"),
  router: () => import("./router.ts"),
  control: () => import("./control.ts"),
  sites: () => import("./sites.ts"),
  nodes: () => import("./nodes.ts"),
  tokens: () => import("./tokens.ts"),
  status: () => import("./status.ts"),
  purge: () => import("./purge.ts"),
  purges: () => import("./purges.ts"),
  ledger: () => import("./ledger.ts"),
  route: () => import("./route.ts"),
  why: () => import("./why.ts"),
  simulate: () => import("./simulate.ts"),
  settings: () => import("./settings.ts"),
  "bench-cache": () => import("./bench-cache.ts"),
  cache: () => import("./cache.ts"),
};
