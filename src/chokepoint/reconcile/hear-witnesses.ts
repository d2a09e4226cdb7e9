import { OpsError } from "../../errors.ts";
import type { Backend, Witnesses } from "../backend.ts";
import type { ReconcileFact } from "./facts.ts";
import { keyOf } from "./match-round.ts";
import type { InventoryRound } from "./inventory-store.ts";

/** The server is asked a moment after the ledger was. */
const slackMs = 2000;

/**
 * The facts of a round, its unattributed losses with what the server's log has of them since the round at `lastSeen`. A log that cannot be
 * read keeps no alarm back.
 */
export async function hearWitnesses(
  facts: readonly ReconcileFact[],
  backend: Pick<Backend, "witnesses">,
  round: Pick<InventoryRound, "now">,
  lastSeen: Date,
  signal: AbortSignal,
): Promise<{ readonly facts: readonly ReconcileFact[]; readonly blind: readonly string[] }> {
  const losses = facts.filter((fact) => fact.type === "loss-unattributed");
  if (losses.length === 0 || backend.witnesses === undefined) return { facts, blind: [] };
  // By how long ago it was, not by the hour: the target's clock may differ from the ledger's.
  const sinceMs = (await round.now()).getTime() - lastSeen.getTime() + slackMs;
  let heard: Witnesses;
  try {
    heard = await backend.witnesses(losses, sinceMs, signal);
  } catch (error) {
    if (!(error instanceof OpsError)) throw error;
    return { facts, blind: [`the server's log was not read: ${error.message}`] };
  }
  const witnesses = new Map(heard.witnessed.map((each) => [keyOf(each), each.witness]));
  return {
    facts: facts.map((fact) => {
      const witness = fact.type === "loss-unattributed" ? witnesses.get(keyOf(fact)) : undefined;
      return fact.type !== "loss-unattributed" || witness === undefined
        ? fact
        : { ...fact, witness: { ...fact.witness, ...witness } };
    }),
    blind: heard.blind,
  };
}
