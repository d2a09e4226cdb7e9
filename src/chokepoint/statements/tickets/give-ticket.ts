import { isDeepStrictEqual } from "node:util";
import type { Answer } from "../../api.ts";
import { whyNotApprove } from "../../decide/may-approve.ts";
import type { Caller, Drop, JsonObject } from "../../drop.ts";
import { storableDetails } from "../../ledger/storable.ts";
import type { ChokepointPorts, Step, Target } from "../../ports.ts";
import { boundParts, requireInChain } from "../../require-in-chain.ts";
import { identifyStatement } from "../identify-statement.ts";
import type { StatementFacts } from "../statement.ts";
import { canBearTicket } from "./bear-ticket.ts";
import { issueTicket } from "./ticket.ts";
import type { IssuedTicket } from "./ticket.ts";
import { readTicketEvents } from "./ticket-events.ts";

/** A person's word for a statement that was not let through: the step of it, and the ticket where no other person is wanted. */
export interface TicketStep {
  readonly step: Step;
  readonly ticket: IssuedTicket | null;
}

/**
 * Approves in advance what a session may then do once: the same destructions, of what bears the names now, by the same role, in the same
 * database. Of two that approve at once the second reads what the first said. Throws as the ledger, and `chain-contradicts`.
 */
export async function chooseTicket(
  drop: Drop,
  caller: Caller,
  comment: string | null,
  ports: Pick<ChokepointPorts, "ledger" | "targets" | "breakers" | "now">,
): Promise<Answer | TicketStep> {
  const conflict = (reason: string): Answer => ({ kind: "conflict", reason, drop });
  const why = whyNoTicket(drop, ports.now());
  if (why !== null) return conflict(why);
  const target = ports.targets.get(drop.request.target);
  const { statement } = drop;
  if (statement === null || target === undefined) return conflict("its target is not configured any more");
  await requireInChain(drop, ports);
  const found = await look(statement, target, ports);
  if (typeof found === "string") return conflict(found);
  const { bound } = storableDetails({ bound: found });
  const timeline = await ports.ledger.timeline(drop.dropId);
  const { approvals } = readTicketEvents(timeline, (each) => isDeepStrictEqual(each, bound));
  const no = whyNotApprove({ ...drop, approvals }, caller, null);
  if (no !== null) return { kind: "forbidden", reason: no, drop };
  const { approvers, expiresMs } = target.policy.approval;
  const count = approvals.length + 1;
  const ticket = count >= approvers ? issueTicket(drop.dropId) : null;
  const expiresAt = new Date(ports.now().getTime() + expiresMs);
  const given: JsonObject =
    ticket === null
      ? {}
      : {
          ticket_sha256: ticket.sha256,
          expires_at: expiresAt.toISOString(),
          approved_by: [...approvals.map(({ person }) => person), caller.person],
        };
  return {
    ticket,
    step: {
      dropId: drop.dropId,
      epoch: drop.epoch,
      from: [drop.state],
      to: null,
      change: {
        ...(ticket === null ? {} : { ticket: { sha256: ticket.sha256, expiresAt } }),
        claim: "count",
      },
      events: [
        {
          action: "drop.approved",
          details: {
            ticket: true,
            by: caller.name,
            person: caller.person,
            comment,
            approvals: count,
            approvers,
            bound: found,
            ...given,
          },
        },
      ],
      actor: caller,
    },
  };
}

function whyNoTicket({ statement, caller, state, ...drop }: Drop, now: Date): string | null {
  const { refusal, startedAt, ticket } = drop;
  if (statement === null)
    return "a ticket is for a statement of a session: approve the drop, or ask for it anew";
  if (!canBearTicket(caller.protocol))
    return `a command of ${caller.protocol} has no place for a ticket: have the policy of its listener hold it for people`;
  if (state === "held") return "its session waits still: approve it";
  const isOfPolicy = state === "refused" && refusal?.site === "policy";
  const isOver = (state === "expired" || state === "cancelled") && startedAt === null;
  if (!isOfPolicy && !isOver) return `a statement that is ${state}, and not by the policy, gets no ticket`;
  if (ticket !== null && ticket.expiresAt > now)
    return `it has a ticket until ${ticket.expiresAt.toISOString()}`;
  return null;
}

/** What bears the names now; a sentence where that cannot be known. */
async function look(
  { destructions, session }: StatementFacts,
  target: Target,
  { breakers }: Pick<ChokepointPorts, "breakers">,
): Promise<readonly JsonObject[] | string> {
  const never = new AbortController().signal;
  const { identity, refusal } = await identifyStatement({ destructions, session }, target, breakers, never);
  return refusal === null ? boundParts({ identity }) : refusal.reason;
}
