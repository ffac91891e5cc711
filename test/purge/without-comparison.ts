/** Preloaded into an edge, it makes no purge cover anything: a checker that does not notice is worth nothing. */
import { AppliedPurges } from "../../core/ledger/applied-purges.ts";

AppliedPurges.prototype.mayCover = () => false;
