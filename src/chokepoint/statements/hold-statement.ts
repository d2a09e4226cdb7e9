import { refuse } from "../decide/refusal.ts";
import type { Drop, Identity } from "../drop.ts";
import type { Target } from "../ports.ts";
import { tryStep } from "../record-step.ts";
import { requireInChain } from "../require-in-chain.ts";
import { cancelStatement, expireStatement, refuseStatementStep } from "./end-statement.ts";
import { identifyStatement, keyOfPart } from "./identify-statement.ts";
import type { StatementAnswer, StatementWatch, WireStatement } from "./statement.ts";
import type { StatementLease } from "./statement-lease.ts";
import { refusedRow, rival, startStatement } from "./start-statement.ts";
import type { Deciding } from "./start-statement.ts";
import { waitForMove } from "./wait-for-move.ts";

interface Holding {
  readonly given: WireStatement;
  readonly target: Target;
  readonly watch: StatementWatch;
  readonly lease: StatementLease;
  /** Of a started row. */
  readonly through: (drop: Drop) => Promise<StatementAnswer>;
}

/**
 * `requested` → `held`, and what people then say of it. The session waits, no lock of the ledger does; a client that goes away, an expiry
 * and a denial never lead to a start. What is approved is what is there: another of its name is asked for anew.
 */
export async function holdStatement(
  requested: Drop,
  why: "policy" | "volume",
  holding: Holding,
  ports: Deciding,
): Promise<StatementAnswer> {
  const { given, target, watch, lease } = holding;
  const { approvers, expiresMs } = target.policy.approval;
  const expiresAt = new Date(ports.now().getTime() + Math.min(expiresMs, given.holdMs));
  const step = await tryStep(
    {
      dropId: requested.dropId,
      epoch: requested.epoch,
      from: ["requested"],
      to: "held",
      change: { hold: { why, approvers, expiresAt, terms: null }, approvals: [], claim: "keep" },
      events: [{ action: "drop.held", details: { why, approvers, expires_at: expiresAt.toISOString() } }],
      actor: requested.caller,
    },
    ports,
  );
  let drop = step.drop;
  let told = -1;
  for (;;) {
    lease.follow(drop.epoch);
    if (drop.state !== "held" && drop.state !== "approved") return refusedRow(drop);
    const isGone = watch.signal.aborted || ports.drain.aborted;
    if (isGone || (drop.state === "held" && expiresAt <= ports.now())) {
      const reason = watch.signal.aborted ? "the client went away" : "custody stopped";
      const ended = isGone
        ? await cancelStatement(drop, reason, drop.caller, ports)
        : await expireStatement(drop, drop.caller, ports);
      drop = ended.drop;
      continue;
    }
    if (drop.state === "approved") return await startApproved(drop, holding, ports);
    if (told !== drop.approvals.length) {
      told = drop.approvals.length;
      watch.notice({ dropId: drop.dropId, approvers, approvals: told, expiresAt });
    }
    drop = await waitForMove(drop, expiresAt, watch.signal, ports);
  }
}

async function startApproved(
  approved: Drop,
  { given, target, watch, through }: Holding,
  ports: Deciding,
): Promise<StatementAnswer> {
  // Another instance may have taken the approval, or somebody may have written the row.
  await requireInChain(approved, ports);
  const signal = AbortSignal.any([watch.signal, ports.stop]);
  const found = await identifyStatement(given, target, ports.breakers, signal);
  const refusal = found.refusal ?? (isSame(found.identity, approved.identity) ? null : replaced);
  if (refusal !== null) return refusedRow((await refuseStatementStep(approved, refusal, ports)).drop);
  const step = await startStatement(approved, target, ports);
  if (step.moved) return await through(step.drop);
  if (step.why !== "identity") return refusedRow(step.drop);
  return refusedRow((await refuseStatementStep(step.drop, rival(step.other), ports)).drop);
}

const replaced = refuse("identity", "what has this name now is not what was approved: ask for it anew");

function isSame(one: Identity | null, other: Identity | null): boolean {
  const key = (identity: Identity | null): string =>
    identity === null
      ? ""
      : [identity.systemIdentifier, ...identity.parts.map(keyOfPart).toSorted()].join(" ");
  return key(one) === key(other);
}
