import type { Answer, TicketAnswer } from "./api.ts";
import { isSamePerson, whyNotApprove } from "./decide/may-approve.ts";
import type { Approval, Caller, Drop, DropState } from "./drop.ts";
import type { DropRuns } from "./drop-runs.ts";
import type { ChokepointPorts, Step } from "./ports.ts";
import { tryStep } from "./record-step.ts";
import { boundParts, requireInChain } from "./require-in-chain.ts";
import { chooseTicket } from "./statements/tickets/give-ticket.ts";

/** What people say of a drop, each a step of its row: whoever comes second finds it elsewhere. */
export interface Answers {
  approve(dropId: string, caller: Caller, comment: string | null): Promise<Answer>;
  deny(dropId: string, caller: Caller, comment: string | null): Promise<Answer>;
  ticket(dropId: string, caller: Caller, comment: string | null): Promise<TicketAnswer>;
  undo(
    dropId: string,
    caller: Caller,
    options: { readonly as: string | null; readonly from: "fence" | "tombstone" | null },
  ): Promise<Answer>;
}

const undoable: ReadonlySet<DropState> = new Set([
  "fenced",
  "tombstoned",
  "proved",
  "completed",
  "unproved",
  "failed",
  "undo_failed",
  "purged",
]);

export function createAnswers(ports: ChokepointPorts, runs: DropRuns): Answers {
  const { ledger } = ports;
  /** Reads the drop, says no or takes the step; read anew when another was quicker. */
  const take = async (
    dropId: string,
    choose: (drop: Drop) => Promise<Answer | Step>,
  ): Promise<{ readonly taken: Drop } | { readonly answer: Answer }> => {
    for (;;) {
      const drop = await ledger.find(dropId);
      if (drop === null) return { answer: { kind: "not-found" } };
      const chosen = await choose(drop);
      if ("kind" in chosen) return { answer: chosen };
      const result = await tryStep(chosen, ports);
      if (result.moved) return { taken: result.drop };
    }
  };
  return {
    async approve(dropId, caller, comment) {
      const result = await take(dropId, async (drop) => {
        if (drop.state !== "held" || drop.hold === null)
          return conflict(drop, "only a held drop can be approved");
        if (drop.hold.expiresAt <= ports.now())
          return conflict(drop, "the hold has expired: ask for it anew");
        // What is appended now would make a forged row true.
        await requireInChain(drop, ports);
        const purged = drop.purges === null ? null : await ledger.find(drop.purges);
        const why = whyNotApprove(drop, caller, purged);
        if (why !== null) return { kind: "forbidden", reason: why, drop };
        const approval: Approval = { by: caller.name, person: caller.person, at: ports.now(), comment };
        const approvals = [...drop.approvals, approval];
        return {
          dropId,
          // The epoch tells two who approve at once apart: the second reads what the first said.
          epoch: drop.epoch,
          from: ["held"],
          to: approvals.length >= drop.hold.approvers ? "approved" : null,
          // A session waits for it, in whatever instance: that one goes on.
          change: { approvals, claim: drop.statement === null ? "take" : "count" },
          events: [
            {
              action: "drop.approved",
              details: {
                by: caller.name,
                person: caller.person,
                comment,
                approvals: approvals.length,
                approvers: drop.hold.approvers,
                bound: boundParts(drop),
              },
            },
          ],
          actor: caller,
        };
      });
      if ("answer" in result) return result.answer;
      if (result.taken.state !== "approved" || result.taken.statement !== null)
        return { kind: "done", drop: result.taken };
      return { kind: "done", drop: await runs.start(result.taken) };
    },
    async deny(dropId, caller, comment) {
      const result = await take(dropId, async (drop) => {
        if (drop.state !== "held")
          return conflict(drop, "only a held drop can be denied; undo brings back what was dropped");
        const isOwn = drop.caller.name === caller.name || isSamePerson(drop.caller.person, caller.person);
        const to = isOwn ? "cancelled" : "denied";
        return await Promise.resolve({
          dropId,
          epoch: drop.epoch,
          from: ["held"] as const,
          to,
          change: {
            outcome: isOwn ? ("refused" as const) : ("denied" as const),
            finishedAt: ports.now(),
            claim: "release" as const,
          },
          events: [{ action: `drop.${to}`, details: { by: caller.name, person: caller.person, comment } }],
          actor: caller,
        });
      });
      return "answer" in result ? result.answer : { kind: "done", drop: result.taken };
    },
    async ticket(dropId, caller, comment) {
      let ticket: string | null = null;
      const result = await take(dropId, async (drop) => {
        const chosen = await chooseTicket(drop, caller, comment, ports);
        if ("kind" in chosen) return chosen;
        ticket = chosen.ticket?.text ?? null;
        return chosen.step;
      });
      if ("taken" in result) return { kind: "done", drop: result.taken, ticket };
      const { answer } = result;
      return answer.kind === "done" ? { ...answer, ticket: null } : answer;
    },
    async undo(dropId, caller, { as, from }) {
      const result = await take(dropId, async (drop) => {
        const why = whyNotUndo(drop, from);
        if (why !== null) return conflict(drop, why);
        const { isRemoving } = await requireInChain(drop, ports);
        if (isRemoving) return conflict(drop, "its tombstone is being removed: its time is over");
        return {
          dropId,
          epoch: drop.epoch,
          from: [drop.state],
          to: "undo_started" as const,
          change: { undoneAs: as, undoFrom: from, attempts: 0, claim: "take" as const },
          events: [
            { action: "drop.undo_started", details: { by: caller.name, person: caller.person, as, from } },
          ],
          actor: caller,
        };
      });
      if ("answer" in result) return result.answer;
      // It takes its time; how it ends is in the ledger, and the runs tell what stops it.
      void runs.start(result.taken).catch(() => undefined);
      return { kind: "done", drop: result.taken };
    },
  };
}

function whyNotUndo(drop: Drop, from: "fence" | "tombstone" | null): string | null {
  if (drop.statement !== null)
    return "a session carried it out, not custody: nothing of it was kept, restore it from a backup";
  if (!undoable.has(drop.state)) return `a drop that is ${drop.state} has nothing to undo`;
  if (drop.plan === null) return "it destroyed nothing of its own: undo the drop that it speaks of";
  if (drop.state === "completed" && drop.purgeAt === null && drop.tombstone === null)
    return "it was destroyed at once, as the policy says: nothing is left to undo";
  if (drop.state === "purged" && drop.tombstone === null) return "it was purged, and its tombstone is gone";
  if (from === "tombstone" && drop.tombstone === null) return "it has no tombstone";
  return null;
}

function conflict(drop: Drop, reason: string): Answer {
  return { kind: "conflict", reason, drop };
}
