import { randomUUID } from "node:crypto";
import type { Chokepoint } from "../../chokepoint/api.ts";
import type { Drop } from "../../chokepoint/drop.ts";
import type { Target } from "../../chokepoint/ports.ts";
import type { Subject } from "../../chokepoint/statements/statement-eyes.ts";
import type { StatementWatch, WireStatement } from "../../chokepoint/statements/statement.ts";
import { OpsError } from "../../errors.ts";
import { interruptible } from "../../run/interrupt.ts";
import type { ChosenAction } from "../policy/chosen-action.ts";
import type { Sighting, WireVerdict } from "../sessions/ports.ts";
import { softRequestOf } from "../statements/soft-request.ts";
import { softVerdictOf } from "../statements/soft-verdict.ts";
import { callerOf, statementOf } from "../statements/statement-of.ts";
import { tellRefusal } from "../statements/tell-refusal.ts";

interface Options {
  readonly chokepoint: Pick<Chokepoint, "statement" | "request" | "show" | "deny" | "follow">;
  readonly target: Target;
  /** custody is about to stop: nobody waits for people any more. */
  readonly drain: AbortSignal;
}

const deadlineMs = 5000;

/**
 * Has guardedDrop do in a session's place what it asks for, with a fence and a way back, and waits until the client can be told. Only for
 * who could do it himself: custody's own connection could do it for anybody. A client that goes away cancels what is held.
 */
export async function fenceForSession(
  sighting: Sighting,
  chosen: ChosenAction,
  watch: StatementWatch,
  { chokepoint, target, drain }: Options,
): Promise<WireVerdict> {
  const statement = statementOf(sighting, chosen, "deny", target.policy);
  const caller = callerOf(sighting.speaker);
  const soft = softRequestOf(statement, `wire-${randomUUID()}`);
  const no = soft === null ? cannot : await whyNot(soft.subject, statement, target, watch.signal);
  if (soft === null || no !== null) {
    const { code, message: reason } = no ?? cannot;
    const answer = await chokepoint.statement({ ...statement, ticket: null, reason }, caller, watch);
    if (answer.kind !== "refused") throw new Error("a statement that was denied was let through");
    const refusal = tellRefusal(answer, sighting.speaker.protocol);
    // What the server itself would say is said in its words: no ticket would have it say anything else.
    const own = { ...refusal, code, message: reason, hint: "" };
    return { kind: "refused", refusal: code === null ? refusal : own };
  }
  const answer = await chokepoint.request(soft.request, caller, watch.signal);
  if (answer.kind === "invalid" || answer.kind === "unrecorded")
    return {
      kind: "refused",
      refusal: {
        code: null,
        message: `custody refuses it: ${answer.reason}`,
        detail: "nothing was recorded, and nothing was done",
        hint: "send it again when custody can record it",
      },
    };
  if (answer.kind === "undecided")
    return {
      kind: "refused",
      refusal: {
        code: null,
        message: `whether it was done is not known yet: ${answer.reason}`,
        detail: `it may be recorded as drop ${answer.dropId}`,
        hint: `see custody drop show ${answer.dropId}: custody goes on with it when its ledger is back`,
      },
    };
  if (answer.kind !== "new") throw new Error(`request ${soft.request.requestId} was made before`);
  return await waitForVerdict(answer.drop, chosen.holdMs, watch, { chokepoint, caller, drain });
}

/** With the server's code where it is its own word. */
interface No {
  readonly code: string | null;
  readonly message: string;
}

/** What the server would say to the session itself; a word of custody's own where that cannot be known. */
async function whyNot(
  subject: Subject,
  { session }: WireStatement,
  { policy, backend }: Target,
  signal: AbortSignal,
): Promise<No | null> {
  const { statements } = backend;
  if (statements?.refuseDestroyer === undefined) return cannot;
  const either = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
  try {
    const roles = [session.role, ...session.otherRoles];
    return await interruptible(statements.refuseDestroyer(subject, roles, session.database, either), either);
  } catch (error) {
    if (!(error instanceof OpsError) && !either.aborted) throw error;
    const why = error instanceof OpsError ? error.message : "it did not answer in time";
    return { code: null, message: `the target ${policy.name} cannot be asked whether this role may: ${why}` };
  }
}

const cannot: No = {
  code: null,
  message: "custody cannot tell whether this role may do it, and fences nothing for it",
};

async function waitForVerdict(
  first: Drop,
  holdMs: number,
  watch: StatementWatch,
  {
    chokepoint,
    caller,
    drain,
  }: Pick<Options, "chokepoint" | "drain"> & { readonly caller: ReturnType<typeof callerOf> },
): Promise<WireVerdict> {
  const untilMs = Date.now() + holdMs;
  let told = -1;
  const either = AbortSignal.any([watch.signal, drain]);
  for (let drop = first; ;) {
    const verdict = softVerdictOf(drop);
    if (verdict !== null) return verdict;
    const { hold, approvals, state, dropId } = drop;
    if (state === "held" && hold !== null) {
      const expiresAt = new Date(Math.min(hold.expiresAt.getTime(), untilMs));
      if (either.aborted || untilMs <= Date.now()) {
        const comment = whyNobodyWaits(watch.signal, drain);
        const answer = await chokepoint.deny(dropId, caller, { comment });
        if ("drop" in answer) drop = answer.drop;
        if (drop.state !== "held") continue;
      } else if (told !== approvals.length) {
        told = approvals.length;
        watch.notice({ dropId, approvers: hold.approvers, approvals: told, expiresAt });
      }
    }
    drop = await moved(drop, either, chokepoint);
  }
}

function whyNobodyWaits(client: AbortSignal, drain: AbortSignal): string {
  if (client.aborted) return "its client went away";
  return drain.aborted ? "custody stopped" : "its client waits no longer";
}

/** Approvals in other instances are not told here. */
const lookMs = 500;

async function moved(
  drop: Drop,
  signal: AbortSignal,
  chokepoint: Pick<Chokepoint, "show" | "follow">,
): Promise<Drop> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const wake = (): void => resolve();
  using _facts = chokepoint.follow((fact) => {
    if (fact.drop.dropId === drop.dropId) wake();
  });
  const timer = setTimeout(wake, lookMs);
  if (!signal.aborted) signal.addEventListener("abort", wake, { once: true });
  await promise;
  clearTimeout(timer);
  signal.removeEventListener("abort", wake);
  try {
    return (await chokepoint.show(drop.dropId))?.drop ?? drop;
  } catch (error) {
    if (error instanceof OpsError) return drop;
    throw error;
  }
}
