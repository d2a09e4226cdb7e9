import { setTimeout as delay } from "node:timers/promises";
import type { ListenerSection } from "../../../config/listener-schema.ts";
import { OpsError } from "../../../errors.ts";
import type { CancelAnswer } from "../../sessions/postgres/cancel-keys.ts";
import type { Attendant } from "./attend-process.ts";
import type { ToServing } from "./messages.ts";
import { createQuestions } from "./questions.ts";
import type { StartedProcess } from "./start-process.ts";

/** One process that serves, or that is started again since it ended. Disposing ends it at once. */
export interface KeptProcess extends AsyncDisposable {
  send(message: ToServing): void;
  /** What its sessions say to a CancelRequest; null: it has no such session. Never rejects. */
  cancel(key: string): Promise<CancelAnswer | null>;
  /** Has it read what is to be in force; what that returns replaces it. Rejects with `OpsError`. */
  prepare(listeners: readonly ListenerSection[]): Promise<() => Promise<void>>;
  /** Resolves when its sessions have ended; after the deadline it is ended. */
  drain(deadlineMs: number): Promise<void>;
}

export interface KeepOptions {
  /** A new one. */
  readonly start: () => StartedProcess;
  /** What it is to serve by now. */
  readonly serve: () => Extract<ToServing, { readonly type: "serve" }>;
  /** Who hears it until it is gone; it was told what to serve. */
  readonly attend: (send: (message: ToServing) => void) => Attendant;
  /** It ended, unasked. */
  readonly onDeath: (message: string) => void;
}

const cancelMs = 1000;
const reloadMs = 10_000;
const firstPauseMs = 250;
const longestPauseMs = 30_000;
/** One that ran so long is started again without a pause of those before. */
const soundMs = 60_000;
const killMs = 2000;

/** Resolves when it listens. Rejects with `OpsError` where the first start fails; what ends later is started again. */
export async function keepProcess(options: KeepOptions): Promise<KeptProcess> {
  const over = new AbortController();
  let current: StartedProcess | null = null;
  let cancels = createQuestions<{ readonly answer: CancelAnswer | null }>();
  let reloads = createQuestions<{ readonly error: string | null }>();
  let drained = Promise.withResolvers<void>();

  /** Resolves when it listens, and how it ended. */
  function begin(): { readonly listening: Promise<void>; readonly ended: Promise<string> } {
    const started = options.start();
    const listening = Promise.withResolvers<void>();
    current = started;
    cancels = createQuestions();
    reloads = createQuestions();
    drained = Promise.withResolvers();
    const { channel } = started;
    let failure: string | null = null;
    channel.send(options.serve());
    const attendant = options.attend((message) => channel.send(message));
    channel.listen((message) => {
      switch (message.type) {
        case "listening":
          return listening.resolve();
        case "failed":
          failure = message.message;
          listening.reject(
            new OpsError(message.code ?? "server-error", message.message, message.hint, { cause: message }),
          );
          return started.disconnect();
        case "cancelled":
          return cancels.answered(message.id, message);
        case "prepared":
          return reloads.answered(message.id, message);
        case "taken":
          return reloads.answered(message.id, { error: null });
        case "drained":
          drained.resolve();
          return started.disconnect();
        default:
          return attendant.take(message);
      }
    });
    const ended = end(started, listening).then((how) => {
      attendant[Symbol.dispose]();
      return failure === null ? how : `${how} (${failure})`;
    });
    return { listening: listening.promise, ended };
  }

  async function end(started: StartedProcess, listening: PromiseWithResolvers<void>): Promise<string> {
    void started.channel.closed.then(() => delay(killMs)).then(() => started.kill());
    const how = await started.ended;
    current = null;
    cancels.end();
    reloads.end();
    drained.resolve();
    listening.reject(new OpsError("server-error", `process ${started.pid} ended with ${how}`, "see its log"));
    return how;
  }

  const first = begin();
  try {
    await first.listening;
  } catch (error) {
    await first.ended;
    throw error;
  }
  const keeping = keep(first.ended);

  async function keep(firstEnded: Promise<string>): Promise<void> {
    let ended = firstEnded;
    let startedMs = performance.now();
    let pauseMs = firstPauseMs;
    for (;;) {
      const how = await ended;
      if (over.signal.aborted) return;
      if (performance.now() - startedMs >= soundMs) pauseMs = firstPauseMs;
      options.onDeath(`ended with ${how}: its sessions are cut; it is started again in ${pauseMs} ms`);
      await delay(pauseMs, undefined, { signal: over.signal }).catch(() => undefined);
      if (over.signal.aborted) return;
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
      startedMs = performance.now();
      const next = begin();
      next.listening.catch(() => undefined);
      ended = next.ended;
    }
  }

  return {
    send: (message) => current?.channel.send(message),
    async cancel(key) {
      const asked = current;
      if (asked === null) return null;
      const told = await cancels.ask((id) => asked.channel.send({ type: "cancel", id, key }), cancelMs);
      if (told !== null) return told.answer;
      return current === asked ? "refused" : null;
    },
    async prepare(listeners) {
      const asked = current;
      let of = 0;
      const ask = async (send: (id: number) => ToServing): Promise<string | null> => {
        // One that is started meanwhile reads what is in force then.
        if (asked === null || current !== asked) return null;
        const told = await reloads.ask((id) => asked.channel.send(send((of = id))), reloadMs);
        if (told === null && current === asked) return `process ${asked.pid} does not answer`;
        return told?.error ?? null;
      };
      const error = await ask((id) => ({ type: "prepare", id, listeners }));
      if (error !== null) throw new OpsError("bad-config", error, "see the log");
      const prepared = of;
      return async () => {
        const late = await ask((id) => ({ type: "take", id, prepared }));
        // Started again it goes by what is in force.
        if (late !== null || (current !== null && current !== asked)) current?.kill();
      };
    },
    async drain(deadlineMs) {
      over.abort();
      const draining = current;
      if (draining !== null) {
        draining.channel.send({ type: "drain" });
        const late = new AbortController();
        const timeout = delay(deadlineMs, undefined, { signal: late.signal }).then(
          () => draining.kill(),
          () => undefined,
        );
        await Promise.race([drained.promise, timeout]);
        late.abort();
      }
      await keeping;
    },
    async [Symbol.asyncDispose]() {
      over.abort();
      current?.disconnect();
      await keeping;
    },
  };
}
