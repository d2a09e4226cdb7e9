import { InterruptedError, OpsError } from "../../errors.ts";
import { throwIfInterrupted } from "../../run/interrupt.ts";
import { refuse, undecided } from "../decide/refusal.ts";
import type { Caller, Drop, Refusal } from "../drop.ts";
import type { Target } from "../ports.ts";
import { cancelStatement, refuseStatementStep } from "./end-statement.ts";
import { guardStatement } from "./guard-statement.ts";
import { holdStatement } from "./hold-statement.ts";
import { identifyStatement } from "./identify-statement.ts";
import type { StatementIdentity } from "./identify-statement.ts";
import { describeKind } from "./kinds-of-statements.ts";
import { newStatement, showStatement, unasked } from "./new-statement.ts";
import type { StatementAnswer, StatementWatch, TicketUse, WireStatement } from "./statement.ts";
import { openStatementLease } from "./statement-lease.ts";
import type { StatementPorts } from "./statement-ports.ts";
import { checkTicket } from "./tickets/use-ticket.ts";
import { refusedRow, rival, startStatement } from "./start-statement.ts";
import type { Deciding } from "./start-statement.ts";

/**
 * Decides on a statement that a session of its own will carry out: guard → policy → identity → breakers → approval → `drop.started`
 * committed → the answer. No lock of the ledger is held while people are waited for. What cannot be recorded is refused.
 */
export async function decideStatement(
  given: WireStatement,
  caller: Caller,
  watch: StatementWatch,
  ports: Deciding,
): Promise<StatementAnswer> {
  const target = ports.targets.get(given.target);
  if (target === undefined)
    return unrecorded(refuse("validate", `there is no target ${JSON.stringify(given.target)}`));
  try {
    throwIfInterrupted(ports.stop);
    const guard = guardStatement(given, target);
    const isAsked = given.ticket !== null && given.action !== "audit";
    const refusal = guard ?? (isAsked ? null : denial(given));
    if (refusal !== null) return await recordRefusal(given, caller, target, refusal, unlooked(given), ports);
    const signal = AbortSignal.any([watch.signal, ports.stop]);
    const found = await identifyStatement(given, target, ports.breakers, signal);
    if (found.refusal !== null)
      return await recordRefusal(given, caller, target, found.refusal, found, ports);
    const ticket =
      given.ticket === null || !isAsked ? null : await checkTicket(given, given.ticket, found, ports);
    // What is held is held all the same; what is denied is told what its ticket lacks.
    if (typeof ticket === "string" && given.action === "deny")
      return await recordRefusal(given, caller, target, denial(given, ticket) ?? rejected, found, ports);
    const use = typeof ticket === "string" ? null : ticket;
    return await go(given, caller, watch, { target, found, use }, ports);
  } catch (error) {
    if (error instanceof OpsError)
      return unrecorded(undecided("ledger", `it could not be recorded: ${error.message}`));
    if (!(error instanceof InterruptedError)) throw error;
    return unrecorded(
      undecided("gate", watch.signal.aborted ? "the client went away" : "custody is stopping"),
    );
  }
}

interface Found {
  readonly target: Target;
  readonly found: StatementIdentity;
  readonly use: TicketUse | null;
}

async function go(
  given: WireStatement,
  caller: Caller,
  watch: StatementWatch,
  { target, found, use }: Found,
  ports: Deciding,
): Promise<StatementAnswer> {
  const isCounted = given.destructions.some(({ kind }) => describeKind(kind).isCounted);
  const isHeld = given.action === "hold" && use === null;
  const asked = newStatement(given, caller, found, factsFor(target, ports, use));
  // What nobody counts and nobody holds is let through by one commit, and so is what has a ticket: people have looked at it.
  const isAtOnce = use !== null || !(isCounted || isHeld);
  const drop = isAtOnce ? { ...asked, state: "started" as const, startedAt: ports.now() } : asked;
  const recorded = await record(drop, ports);
  if (recorded === null)
    return await recordRefusal(given, caller, target, denial(given, wasUsed) ?? rejected, found, ports);
  using stack = new DisposableStack();
  const lease = stack.use(openStatementLease(ports.ledger, recorded.dropId, recorded.epoch));
  const through = async (current: Drop): Promise<StatementAnswer> => {
    if (watch.signal.aborted) {
      // Committed, and no byte of it was sent.
      const { drop: ended } = await cancelStatement(current, "the client went away", current.caller, ports);
      return refusedRow(ended);
    }
    stack.move();
    return ports.started(current, lease);
  };
  if (recorded.state === "started") return await through(recorded);
  if (isHeld) return await holdStatement(recorded, "policy", { given, target, watch, lease, through }, ports);
  const step = await startStatement(recorded, target, ports);
  if (step.moved) return await through(step.drop);
  switch (step.why) {
    case "stale":
      return refusedRow(step.drop);
    case "volume":
      return await holdStatement(recorded, "volume", { given, target, watch, lease, through }, ports);
    case "identity": {
      const { drop: refused } = await refuseStatementStep(step.drop, rival(step.other), ports);
      return refusedRow(refused);
    }
  }
}

const wasUsed = "its ticket was used already";
const rejected = refuse("policy", wasUsed);

/** What the policy says of it where no ticket speaks for it; `why` one does not. */
function denial(given: WireStatement, why: string | null = null): Refusal | null {
  if (given.action !== "deny") return null;
  const denied = `the policy of ${given.session.listener} denies ${showStatement(given)}`;
  const words = given.reason === null ? denied : `${denied}: ${given.reason}`;
  return refuse("policy", why === null ? words : `${words}; ${why}`);
}

/** One commit: the row and its one event, or nothing but a count of its minute. */
async function recordRefusal(
  given: WireStatement,
  caller: Caller,
  target: Target,
  refusal: Refusal,
  found: Pick<StatementIdentity, "identity" | "destructions">,
  ports: Deciding,
): Promise<StatementAnswer> {
  const { listener, role } = given.session;
  if (!ports.refusals.isSingle({ listener, role, address: addressOf(caller.peer) }))
    return { kind: "refused", dropId: null, record: "count", state: "refused", refusal };
  const asked = newStatement(given, caller, found, factsFor(target, ports));
  const drop = await record(
    { ...asked, state: "refused", outcome: refusal.outcome, refusal, finishedAt: ports.now() },
    ports,
  );
  return drop === null ? unrecorded(refusal) : refusedRow(drop);
}

/** Null: its ticket was used by another. */
async function record(drop: Drop, { ledger, tell, now }: StatementPorts): Promise<Drop | null> {
  const recorded = await ledger.record(drop);
  if (recorded.kind !== "new") return null;
  const events =
    drop.state === "refused" ? ["refused"] : ["requested", ...(drop.state === "started" ? ["started"] : [])];
  for (const each of events)
    tell({ type: "drop-moved", drop: recorded.drop, event: `drop.${each}`, at: now() });
  return recorded.drop;
}

function factsFor({ policy }: Target, { newDropId, now }: Deciding, ticket: TicketUse | null = null) {
  return { dropId: newDropId(), policy, now: now(), ticket };
}

function unlooked(given: WireStatement): Pick<StatementIdentity, "identity" | "destructions"> {
  return { identity: null, destructions: unasked(given) };
}

function unrecorded(refusal: Refusal): StatementAnswer {
  return { kind: "refused", dropId: null, record: "none", state: "refused", refusal };
}

/** Without the port, which is another for each connection. */
function addressOf(peer: string): string {
  return peer.replace(/:\d+$/, "");
}
