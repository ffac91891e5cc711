/** The ledger in memory keeps the contract. */
import { ledgerEngineContract } from "../../test/contract/ledger-engine.ts";
import { MemoryLedger } from "./ledger.ts";

ledgerEngineContract("memory", () => new MemoryLedger());
