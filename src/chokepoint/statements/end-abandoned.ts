import type { Drop } from "../drop.ts";
import type { StepResult } from "../ports.ts";
import { custodyItself, TakenOver } from "../record-step.ts";
import { requireInChain } from "../require-in-chain.ts";
import { cancelStatement, expireStatement } from "./end-statement.ts";
import { concludeStarted } from "./settle-statement.ts";
import type { StatementPorts } from "./statement-ports.ts";

/**
 * The end of a statement whose session nobody holds any more: its instance is dead. What was not started never is; what was is looked up
 * in the catalog. Nothing is ever sent for it. Throws `chain-contradicts`, and as the ledger.
 */
export async function endAbandoned(drop: Drop, ports: StatementPorts): Promise<Drop> {
  using _claim = ports.ledger.keepAlive(drop.dropId, drop.epoch);
  switch (drop.state) {
    case "requested":
    case "held":
    case "approved":
      await requireInChain(drop, ports);
      if (drop.state === "held" && drop.hold !== null && drop.hold.expiresAt <= ports.now())
        return moved(await expireStatement(drop, custodyItself, ports));
      return moved(await cancelStatement(drop, "its session is gone", custodyItself, ports));
    case "started":
      await requireInChain(drop, ports);
      return await concludeStarted(drop, null, custodyItself, ports, ports.stop);
    default:
      return drop;
  }
}

function moved(result: StepResult): Drop {
  if (!result.moved) throw new TakenOver(result.drop);
  return result.drop;
}
