import type { Decision } from "./ask-decider.ts";
import { answerInstead, askDecider, carryOut, send } from "./ask-decider.ts";
import { effectsOf, takePlain } from "./following.ts";
import type { Following } from "./following.ts";
import { countsOtherwise } from "./counts-otherwise.ts";
import { givenName, defaultUser, replyMode, usersOf } from "./identity.ts";
import { isErrorReply } from "./outcome.ts";
import { refusalReply, unknownDatabase } from "./phrase.ts";
import { begin, discard, execute, queue } from "./run-transaction.ts";
import type { SessionCommand } from "./session-command.ts";
import { freshState, speakerOf } from "./session-state.ts";
import { formOf, sightingOf } from "./sight.ts";
import { pass } from "./step.ts";
import type { Step } from "./step.ts";
import { subscriptionKind } from "./subscriptions.ts";
import { isQueued } from "./transaction.ts";

/** Takes a command of a session that is admitted and settled: who speaks, and whether a transaction is open, is known. */
export function takeCommand(session: Following, command: SessionCommand): Step | Promise<Step> {
  const { state } = session;
  if (command.isPlain) {
    takePlain(session, 1);
    return pass;
  }
  if (state.transaction !== null && typeof state.transaction === "object" && isQueued(command))
    return queue(session, state.transaction, command);
  const { destruction } = command;
  if (destruction === null) return follow(session, command);
  if (!state.isDatabaseKnown) return answerInstead(state, session.answers, refusalReply(unknownDatabase));
  const sighting = sightingOf(
    speakerOf(state, session.place),
    [{ destruction, form: formOf(command, destruction) }],
    state.transaction === null && !session.answers.isRaw,
  );
  const act = (decision: Decision): Step => carryOut(state, session.answers, destruction, decision);
  const decision = askDecider(session.decider, sighting, session.gone);
  return decision instanceof Promise ? decision.then(act) : act(decision);
}

/** A command that changes what the session is, or how it is answered. */
function follow(session: Following, command: SessionCommand): Step | Promise<Step> {
  const { name } = command;
  if (session.state.transaction === "perhaps" && countsOtherwise(command)) return passUncounted(session);
  switch (name) {
    case "AUTH":
    case "HELLO":
      return followIdentity(session, command);
    case "SELECT":
      return select(session, command);
    case "CLIENT":
      return followClient(session, command);
    case "MULTI":
      return begin(session);
    case "EXEC":
      return execute(session, command);
    case "DISCARD":
      return discard(session, command);
    case "RESET":
      return reset(session);
    case "MONITOR":
    case "REPLCONF":
    case "SYNC":
    case "PSYNC":
      return passUncounted(session);
    default:
      return subscribe(session, command);
  }
}

/** What it is answered, and what others behind it are, cannot be counted. */
function passUncounted(session: Following): Promise<Step> {
  return session.idle().then(() => {
    session.answers.goRaw();
    return pass;
  });
}

function followIdentity({ state, answers }: Following, command: SessionCommand): Step {
  const effects = effectsOf(state, answers, command);
  const user = usersOf(command).at(-1);
  return send(answers, {
    told(reply) {
      if (isErrorReply(reply)) return;
      const { otherRoles } = state;
      for (const effect of effects) effect();
      // Queued, where a transaction is open after all, it has logged nobody in yet.
      if (user === undefined || reply.text() === "QUEUED") return;
      state.role = user;
      state.otherRoles = otherRoles;
    },
    unseen() {
      for (const effect of effects) effect();
    },
    settles: true,
  });
}

function select({ state, answers }: Following, { rest: [database = ""] }: SessionCommand): Step {
  return send(answers, {
    told(reply) {
      if (isErrorReply(reply)) return;
      if (reply.text() === "QUEUED") state.isDatabaseKnown = false;
      else Object.assign(state, { database, isDatabaseKnown: true });
    },
    unseen: () => (state.isDatabaseKnown = false),
    settles: true,
  });
}

/**
 * Behind CLIENT REPLY OFF or SKIP nothing is counted any more: whether it was taken, by a user who may not, before a login or within a subscription,
 * only an answer would tell that may never come.
 */
function followClient(session: Following, command: SessionCommand): Step | Promise<Step> {
  const { state, answers } = session;
  const given = givenName(command);
  if (given !== null)
    return send(answers, {
      told: (reply) => {
        if (!isErrorReply(reply)) state.applicationName = given;
      },
      unseen: () => (state.applicationName = given),
      settles: true,
    });
  const mode = replyMode(command);
  if (mode === "OFF" || mode === "SKIP") return passUncounted(session);
  answers.expect(1);
  return pass;
}

function reset({ state, answers }: Following): Step {
  return send(answers, {
    told(reply) {
      if (isErrorReply(reply)) return;
      // What the gate said of whoever was let in here, it does not say again.
      Object.assign(state, freshState, { role: defaultUser, isAdmin: state.isAdmin });
      answers.setProtocol(2);
      answers.resetSubscriptions();
    },
    unseen() {
      state.otherRoles = [...new Set([...state.otherRoles, defaultUser])];
      if (state.database !== freshState.database) state.isDatabaseKnown = false;
      if (state.transaction !== null) state.transaction = "perhaps";
    },
    settles: true,
  });
}

function subscribe({ answers }: Following, { name, count }: SessionCommand): Step {
  const word = name.toLowerCase();
  const isLeaving = name.includes("UNSUB");
  const isMany = subscriptionKind(word) !== null && (count > 1 || isLeaving);
  if (answers.isRaw) return pass;
  if (isMany) answers.expectSubscription(word, count - 1);
  else answers.expect(1);
  return pass;
}
