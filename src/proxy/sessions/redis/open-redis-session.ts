import { OpsError } from "../../../errors.ts";
import { redisLimits } from "../../../wire/redis/command-limits.ts";
import { errorReply, okReply } from "../../../wire/redis/write-reply.ts";
import type { Connection } from "../connection.ts";
import type { RunningSession, SessionContext } from "../ports.ts";
import { openDoor } from "./admit-users.ts";
import { openAnswers } from "./answers.ts";
import { answerInstead } from "./ask-decider.ts";
import { takeCommand } from "./follow-commands.ts";
import { takePlain } from "./following.ts";
import type { Following } from "./following.ts";
import { usersOf } from "./identity.ts";
import { refusalReply } from "./phrase.ts";
import { readClient } from "./read-client.ts";
import { readCommand } from "./session-command.ts";
import type { SessionCommand } from "./session-command.ts";
import { freshState, speakerOf } from "./session-state.ts";
import { secureClient } from "./secure-client.ts";
import type { Place, SessionState } from "./session-state.ts";
import { openServerSide } from "./server-side.ts";
import { close, drop, pass } from "./step.ts";
import type { Step } from "./step.ts";

/**
 * A Redis client in front of its server, RESP2 or RESP3. What destroys nothing passes as it came; the rest waits for the decider, and what comes
 * behind it waits too. Ends by itself when either side does.
 */
export function openRedisSession(accepted: Connection, context: SessionContext): RunningSession {
  const client = secureClient(accepted, context.warn);
  const state: SessionState = { ...freshState };
  const { sessionId, listener, target, limits } = context;
  const place: Place = {
    sessionId,
    listener,
    target,
    peer: client.peer,
    get certificate() {
      return client.certificate;
    },
  };
  /** Fires when the client sends no more: nothing that is not started by then is. */
  const gone = new AbortController();
  /** Fires at the end of the session. */
  const over = new AbortController();
  const door = openDoor(context.gate, state, place);
  let hasEnded = false;
  let isServerFull = false;
  let isPaused = false;
  const clientClosed = Promise.withResolvers<void>();
  /** Those who wait for replies. */
  let waiters: { readonly isReady: () => boolean; readonly go: () => void }[] = [];

  const answers = openAnswers((bytes) => {
    if (!client.write(bytes)) server.pause();
  });
  const server = openServerSide(context.dial, over.signal, answers, {
    replied: () => wake(),
    unreadable() {
      context.warn("the server said what is no reply of Redis'; the session ends");
      end();
    },
    full(isFull) {
      isServerFull = isFull;
      balance();
    },
    gone: () => end(),
  });
  const until = (isReady: () => boolean): Promise<void> =>
    isReady() ? Promise.resolve() : new Promise((go) => waiters.push({ isReady, go }));
  const wake = (): void => {
    if (waiters.length > 0) {
      const ready = waiters.filter((waiter) => waiter.isReady());
      waiters = waiters.filter((waiter) => !ready.includes(waiter));
      for (const waiter of ready) waiter.go();
    }
    endWhereIdle();
  };
  const following: Following = {
    state,
    answers,
    decider: context.decider,
    place,
    gone: gone.signal,
    idle: () => until(() => answers.isIdle),
  };

  /** A command that destroys, or changes what the session is; the first one too. */
  const take = (bytes: Uint8Array): Step | Promise<Step> => {
    const command = readCommand(bytes);
    if (command === null) return breakOff("unbalanced quotes in request");
    if (command.count === 0) return server.isOpen ? pass : drop;
    if (command.isCut && usersOf(command).length > 0) return breakOff("too many words");
    if (!server.isOpen || !door.isOpenTo(command)) return enter(command);
    if (command.isPlain || answers.isSettled) return takeCommand(following, command);
    return until(() => answers.isSettled).then(() => takeCommand(following, command));
  };
  const enter = async (command: SessionCommand): Promise<Step> => {
    await until(() => answers.isSettled);
    if (command.name === "QUIT" && !server.isOpen) {
      answers.say(okReply());
      return close;
    }
    const refusal = await door.admit(command);
    if (refusal !== null) {
      const step = answerInstead(state, answers, refusalReply(refusal));
      // Whoever says no name may say one yet.
      return command.name !== "RESET" && usersOf(command).length > 0 ? close : step;
    }
    try {
      await server.open();
    } catch (error) {
      if (!(error instanceof OpsError) && !over.signal.aborted) throw error;
      answers.say(errorReply("ERR custody: the server behind this proxy cannot be reached"));
      return close;
    }
    clearTimeout(startup);
    return takeCommand(following, command);
  };
  /** What cannot be judged is refused, and the session lives. */
  const refuse = (error: unknown): Step => {
    context.warn(`a command could not be judged: ${error instanceof Error ? error.message : String(error)}`);
    return answerInstead(state, answers, errorReply("NOPERM custody: the command could not be judged"));
  };
  const judge = (sent: Uint8Array): Step | Promise<Step> => {
    try {
      const step = take(sent);
      return step instanceof Promise ? step.catch(refuse) : step;
    } catch (error) {
      return refuse(error);
    }
  };
  const breakOff = (problem: string): Step => {
    answers.say(errorReply(`ERR Protocol error: ${problem}`));
    return close;
  };

  const bytes = readClient(
    {
      ...redisLimits,
      wordBytes: Math.min(redisLimits.wordBytes, limits.messageBytes),
      commandBytes: limits.messageBytes,
      wholeBytes: limits.wholeBytes,
    },
    () => server.isOpen && state.role !== "",
    {
      forward(sent) {
        if (!over.signal.aborted) server.send(sent);
      },
      plain: (count) => takePlain(following, count),
      take: judge,
      broken(problem) {
        breakOff(problem);
        endAnswered();
      },
      closing: () => endAnswered(),
      caughtUp() {
        balance();
        if (hasEnded) endAnswered();
        endWhereIdle();
      },
    },
  );

  /** Reads on from the client where there is room for what it sends. */
  const balance = (): void => {
    const mustPause = isServerFull || bytes.waiting > limits.wholeBytes;
    if (mustPause === isPaused) return;
    isPaused = mustPause;
    if (mustPause) client.pause();
    else client.resume();
  };
  const end = (): void => {
    clearTimeout(startup);
    over.abort();
    gone.abort();
    answers.lose();
    client.end();
    server.end();
  };
  /** Ends when what was sent before is answered. */
  const endAnswered = (): void => {
    void until(() => answers.isIdle).then(end);
  };
  const endWhereIdle = (): void => {
    if (!context.drain.aborted) return;
    if (bytes.isIdle && answers.isIdle && state.transaction === null) end();
  };
  const startup = setTimeout(() => end(), limits.startupMs);
  context.drain.addEventListener("abort", endWhereIdle, { once: true, signal: over.signal });

  client.handle({
    data(chunk) {
      bytes.push(chunk);
      balance();
    },
    drained: () => server.resume(),
    ended() {
      hasEnded = true;
      gone.abort();
      if (!bytes.isBlocked) endAnswered();
    },
    closed() {
      clientClosed.resolve();
      end();
      server.destroy();
    },
  });
  return {
    get speaker() {
      return speakerOf(state, place);
    },
    destroy() {
      end();
      client.destroy();
      server.destroy();
    },
    closed: clientClosed.promise.then(() => server.closed),
  };
}
