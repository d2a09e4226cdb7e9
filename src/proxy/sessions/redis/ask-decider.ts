import { command as commandOf, errorReply } from "../../../wire/redis/write-reply.ts";
import type { Destruction } from "../../../destruction/destruction.ts";
import type { Settled, Sighting, WireDecider, WireVerdict } from "../ports.ts";
import type { Answers, Reply } from "./answers.ts";
import { rolledBack, settledBy, unknown } from "./outcome.ts";
import { doneReply, refusalReply } from "./phrase.ts";
import type { SessionState } from "./session-state.ts";
import { close, drop, pass } from "./step.ts";
import type { Step } from "./step.ts";

/** A verdict that may be acted upon, or `gone`: the client went away first. */
export type Decision = WireVerdict | "gone";

/** Asks; what is allowed only when its client is gone is settled as never sent. */
export function askDecider(
  decider: WireDecider,
  sighting: Sighting,
  gone: AbortSignal,
): Decision | Promise<Decision> {
  const verdict = decider.decide(sighting, { notice: () => undefined, signal: gone });
  return verdict instanceof Promise
    ? verdict.then((late) => unlessGone(late, gone))
    : unlessGone(verdict, gone);
}

function unlessGone(verdict: WireVerdict, gone: AbortSignal): Decision {
  if (!gone.aborted || verdict.kind === "pass") return verdict;
  if (verdict.kind === "forward") verdict.settle(rolledBack);
  return verdict.kind === "refused" ? verdict : "gone";
}

/** Sends a command whose reply, if there will be one, is told of. */
export function send(
  answers: Answers,
  watched: { readonly told: (reply: Reply) => void; readonly unseen: () => void; readonly settles: boolean },
): Step {
  if (answers.isRaw) watched.unseen();
  else answers.watch({ reply: watched.told, lost: watched.unseen, settles: watched.settles });
  return pass;
}

/** Carries out what was decided of one command outside of a transaction. */
export function carryOut(
  state: SessionState,
  answers: Answers,
  destruction: Destruction,
  decision: Decision,
): Step {
  if (decision === "gone") return sayGone(answers);
  switch (decision.kind) {
    case "pass":
      answers.expect(1);
      return pass;
    case "refused":
      return answerInstead(state, answers, refusalReply(decision.refusal));
    case "done":
      return answerInstead(state, answers, doneReply(destruction, decision.isNoop));
    case "forward": {
      const settle = once(decision.settle);
      // A server that shuts down says nothing, and goes.
      const silent: Settled = destruction.what.startsWith("SHUTDOWN")
        ? { outcome: "ok", error: null }
        : unknown;
      return send(answers, {
        told: (reply) => settle(settledBy(destruction.what, reply.type, reply.text())),
        unseen: () => settle(silent),
        settles: false,
      });
    }
  }
}

/** To a client that has closed its side and still reads. */
export function sayGone(answers: Answers): Step {
  answers.say(
    errorReply("ERR custody: the client closed its side before this could be done, and it was not done"),
  );
  return close;
}

function once(settle: (settled: Settled) => void): (settled: Settled) => void {
  let isTold = false;
  return (settled) => {
    if (!isTold) settle(settled);
    isTold = true;
  };
}

/** Fails where it is queued, and makes the EXEC fail; anywhere else it does nothing. */
const poison = commandOf("CUSTODY.REFUSED");

/** The one answer to a command that the server never sees, where there is to be one. */
export function answerInstead(state: SessionState, answers: Answers, bytes: Uint8Array): Step {
  if (answers.isRaw) {
    answers.say(bytes);
    return close;
  }
  // A transaction that is open perhaps must not run without what was refused.
  if (state.transaction === "perhaps") {
    answers.replace(bytes);
    return { kind: "send", bytes: poison };
  }
  answers.say(bytes);
  return drop;
}
