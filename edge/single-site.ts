/** The one site of an edge that stands alone in front of one origin: any Host is its own (`antipode edge --origin`). */
import { compileSite } from "../core/config/compile-config.ts";
import type { CompiledSite } from "../core/config/compiled-site.ts";
import type { Problem } from "../core/config/problems.ts";
import type { Profile } from "../core/config/types.ts";

/** A site made of flags, or what is wrong with them. Whoever names an origin on the command line means that address. */
export function singleSite(options: {
  readonly originUrl: string;
  readonly profile: Profile;
  readonly appliedAtMs: number;
}): { readonly site: CompiledSite } | { readonly problems: readonly Problem[] } {
  const { originUrl, profile, appliedAtMs } = options;
  const config = { hosts: ["*"], origins: [{ url: originUrl }], origin: { allowPrivate: true }, profile };
  const compiled = compileSite(config, { name: "origin", appliedAtMs });
  return compiled.kind === "compiled" ? { site: compiled.site } : { problems: compiled.problems };
}
