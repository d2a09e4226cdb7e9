import type { WireRefusal } from "../ports.ts";
import { command as commandOf } from "../../../wire/redis/write-reply.ts";
import type { Reply } from "./answers.ts";
import { answerInstead, askDecider, sayGone, send } from "./ask-decider.ts";
import type { Decision } from "./ask-decider.ts";
import { effectsOf } from "./following.ts";
import type { Following } from "./following.ts";
import { countsOtherwise } from "./counts-otherwise.ts";
import { isErrorReply, unknown, watchSelects, watchTransaction } from "./outcome.ts";
import { usersOf } from "./identity.ts";
import {
  abortReply,
  doneInTransaction,
  refusalReply,
  tooManyInTransaction,
  unknownDatabase,
} from "./phrase.ts";
import type { SessionCommand } from "./session-command.ts";
import { speakerOf } from "./session-state.ts";
import { formOf, sightingOf } from "./sight.ts";
import { pass } from "./step.ts";
import type { Step } from "./step.ts";
import { beginTransaction, mostSighted } from "./transaction.ts";
import type { Transaction } from "./transaction.ts";

/** MULTI */
export function begin({ state, answers }: Following): Step {
  const begun = beginTransaction();
  state.begun = begun;
  return send(answers, {
    told(reply) {
      state.begun = null;
      if (!isErrorReply(reply)) state.transaction = begun;
    },
    unseen() {
      state.begun = null;
      state.transaction = "perhaps";
    },
    settles: true,
  });
}

/** Decided on when it is to run, with all others of the transaction. */
export function queue({ state, answers }: Following, open: Transaction, command: SessionCommand): Step {
  const { destruction } = command;
  if (destruction !== null) {
    if (open.sighted.length === mostSighted) {
      answers.replace(refusalReply(tooManyInTransaction));
      return { kind: "send", bytes: commandOf("CUSTODY.REFUSED") };
    }
    open.places.set(open.queued, destruction.what);
    open.sighted.push({ destruction, form: formOf(command, destruction) });
    if ([...open.selects.values()].some((each) => each !== state.database)) open.isElsewhere = true;
  }
  if (command.name === "SELECT") open.selects.set(open.queued, command.rest[0] ?? "");
  for (const user of usersOf(command)) open.users.add(user);
  open.queued += 1;
  if (countsOtherwise(command) || command.name === "MONITOR") open.isUncountable = true;
  for (const effect of effectsOf(state, answers, command)) open.afterwards.push(effect);
  answers.expect(1);
  return pass;
}

/** DISCARD */
export function discard({ state, answers }: Following, { count }: SessionCommand): Step {
  return send(answers, {
    told: (reply) => {
      if (!isErrorReply(reply)) state.transaction = null;
    },
    unseen: () => {
      if (count === 1) state.transaction = null;
    },
    settles: true,
  });
}

/** Decides over all that the transaction would destroy, before it runs. */
export function execute(session: Following, command: SessionCommand): Step | Promise<Step> {
  const { state } = session;
  const open = state.transaction;
  if (open === null || open === "perhaps" || command.count !== 1) return run(session, null, "pass");
  if (open.isUncountable)
    return session.idle().then(() => {
      session.answers.goRaw();
      return decide(session, open);
    });
  return decide(session, open);
}

function decide(session: Following, open: Transaction): Step | Promise<Step> {
  const { state, answers } = session;
  if (open.sighted.length === 0) return run(session, open, "pass");
  const act = (decision: Decision): Step => {
    if (decision === "gone") return sayGone(answers);
    switch (decision.kind) {
      case "pass":
        return run(session, open, "pass");
      case "forward":
        return run(session, open, decision.settle);
      case "refused":
      case "done":
        return abort(session, decision.kind === "refused" ? decision.refusal : doneInTransaction);
    }
  };
  if (open.isElsewhere || !state.isDatabaseKnown) return abort(session, unknownDatabase);
  const speaker = speakerOf(state, session.place);
  const otherRoles = [...new Set([...speaker.otherRoles, ...open.users])];
  const sighting = sightingOf({ ...speaker, otherRoles }, open.sighted, false);
  const decision = askDecider(session.decider, sighting, session.gone);
  return decision instanceof Promise ? decision.then(act) : act(decision);
}

function abort({ state, answers }: Following, refusal: WireRefusal): Step {
  state.transaction = null;
  if (answers.isRaw) return answerInstead(state, answers, abortReply(refusal));
  // The server forgets what it queued; what it says to that is not what the client asked.
  answers.replace(abortReply(refusal));
  return { kind: "send", bytes: commandOf("DISCARD") };
}

type Settle = Extract<Exclude<Decision, string>, { kind: "forward" }>["settle"];

/** Lets EXEC run, and tells what became of it. */
function run({ state, answers }: Following, open: Transaction | null, settle: Settle | "pass"): Step {
  const outcome = settle === "pass" || open === null ? null : watchTransaction(open.places);
  const database = watchSelects(open?.selects ?? new Map());
  const tell = settle === "pass" ? () => undefined : settle;
  const after = (): void => {
    state.transaction = null;
    for (const effect of open?.afterwards ?? []) effect();
  };
  if (answers.isRaw) {
    if (open !== null && open.selects.size > 0) state.isDatabaseKnown = false;
    after();
    tell(unknown);
    return pass;
  }
  answers.watch({
    reply(reply: Reply) {
      tell(outcome?.settled(reply) ?? unknown);
      const isOver = reply.isNull || /^(?:EXECABORT|ERR EXEC without MULTI)/u.test(reply.text());
      if (!isErrorReply(reply) && !reply.isNull) {
        after();
        const selected = database.selected();
        if (selected !== null) Object.assign(state, { database: selected, isDatabaseKnown: true });
      } else state.transaction = isOver || state.transaction === null ? null : "perhaps";
    },
    lost: () => tell(unknown),
    element(type: number, text: string) {
      outcome?.element(type, text);
      database.element(type);
    },
    settles: true,
  });
  return pass;
}
