import type { Caller, Drop, DropState } from "./drop.ts";
import { recordPermit } from "./recorded-permits.ts";
import type { Permit } from "./permit.ts";
import type { ChokepointPorts, LedgerEvent, Step, StepResult } from "./ports.ts";
import { requireInChain, requireSameSecret } from "./require-in-chain.ts";

/** Another instance holds the drop by now, or it stands elsewhere: whoever gets this does nothing more. */
export class TakenOver extends Error {
  readonly drop: Drop;

  constructor(drop: Drop) {
    super(`drop ${drop.dropId} is in other hands: it is ${drop.state}`);
    this.name = "TakenOver";
    this.drop = drop;
  }
}

type Recorder = Pick<ChokepointPorts, "ledger" | "tell" | "now">;

/** Takes a step whose guards may say no. It is in the ledger when this returns `moved`. */
export async function tryStep(step: Step, { ledger, tell, now }: Recorder): Promise<StepResult> {
  const result = await ledger.step(step);
  if (result.moved) {
    for (const { action } of step.events)
      tell({ type: "drop-moved", drop: result.drop, event: action, at: now() });
  }
  return result;
}

/** Takes a step of a drop that is held; throws `TakenOver` when it is not any more. */
export async function recordStep(
  drop: Drop,
  step: {
    readonly to: DropState;
    readonly change: Step["change"];
    readonly event: LedgerEvent;
    /** Custody itself, where no caller does it. */
    readonly actor?: Caller;
  },
  ports: Recorder,
): Promise<Drop> {
  const { to, change, event, actor = custodyItself } = step;
  const result = await tryStep(
    {
      dropId: drop.dropId,
      epoch: drop.epoch,
      from: [drop.state],
      to,
      change,
      events: [event],
      actor,
    },
    ports,
  );
  if (!result.moved) throw new TakenOver(result.drop);
  return result.drop;
}

/** Who acts where no caller does. */
export const custodyItself = { name: "custody", person: null, peer: "", protocol: "internal" } as const;

const announcing: ReadonlySet<DropState> = new Set(["started", "unknown", "undo_started", "purge_started"]);

/**
 * The right to act on a drop, for what the chain has: the event that announces it, of this very request and plan. Throws as
 * `requireInChain`; for a state that announces nothing: a bug.
 */
export async function permitFor(drop: Drop, ports: Pick<ChokepointPorts, "ledger">): Promise<Permit> {
  if (drop.statement !== null)
    throw new Error(`statement ${drop.dropId} is a session's: custody never carries it out`);
  if (!announcing.has(drop.state))
    throw new Error(`drop ${drop.dropId} is ${drop.state}: nothing announces what is to be done`);
  const [recorded, secret] = await Promise.all([
    requireInChain(drop, ports),
    drop.plan === null ? null : ports.ledger.findSecret(drop.dropId),
  ]);
  requireSameSecret(drop, secret, recorded);
  return recordPermit({ dropId: drop.dropId, event: `drop.${drop.state}`, epoch: drop.epoch });
}
