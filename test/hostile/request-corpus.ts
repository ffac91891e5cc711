/** Requests that an intermediary must refuse, as bytes, each group under the sentence that condemns it. */
import { BODY_GROUPS } from "./corpus-bodies.ts";
import { FRAMING_GROUPS } from "./corpus-framing.ts";
import { flatten, type HostileRequest } from "./corpus-parts.ts";
import { SEMANTICS_GROUPS } from "./corpus-semantics.ts";

/** Condemned by the head alone: nothing of them may reach the origin. */
export const CONDEMNED_BY_HEAD: readonly HostileRequest[] = flatten([...FRAMING_GROUPS, ...SEMANTICS_GROUPS]);
/** Condemned by the body, after a head that was good. */
export const CONDEMNED_BY_BODY: readonly HostileRequest[] = flatten(BODY_GROUPS);
