import { setTimeout as delay } from "node:timers/promises";
import type { ListenerSection } from "../../../config/listener-schema.ts";
import { OpsError } from "../../../errors.ts";
import type { CancelAnswer } from "../../sessions/postgres/cancel-keys.ts";
import type { Attendant } from "./attend-process.ts";
import type { ToServing } from "./messages.ts";
import { createQuestions } from "./questions.ts";
import type { StartedProcess } from "./start-process.ts";

/** A process that serves, from its start to its end. */
export interface ServingProcess {
  readonly pid: number;
  /** Rejects with `OpsError` where it cannot, or ends before. */
  readonly listening: Promise<void>;
  /** How it ended; never rejects. */
  readonly ended: Promise<string>;
  /** What its sessions say to a CancelRequest; null: it has no such session. Never rejects. */
  cancel(key: string): Promise<CancelAnswer | null>;
  /** The number for `take`. Rejects with `OpsError` where it cannot take them; null: it ended. */
  prepare(listeners: readonly ListenerSection[]): Promise<number | null>;
  take(prepared: number): Promise<void>;
  /** Resolves when its sessions have ended, or it has; false: not within the time. */
  drain(withinMs: number): Promise<boolean>;
  /** It ends by itself, or is ended soon. */
  disconnect(): void;
  kill(): void;
}

export interface ServingOptions {
  readonly start: () => StartedProcess;
  readonly serve: Extract<ToServing, { readonly type: "serve" }>;
  /** Who hears it until it is gone; it was told what to serve. */
  readonly attend: (send: (message: ToServing) => void) => Attendant;
}

const startMs = 60_000;
const cancelMs = 1000;
const reloadMs = 10_000;
const pingEveryMs = 5000;
/** Of a process that is busy, and not stuck. */
const pingMs = 30_000;
/** From the end of its channel to its own. */
const killMs = 2000;

/** Starts one. What does not answer is ended: its clients would wait for ever. */
export function startServing({ start, serve, attend }: ServingOptions): ServingProcess {
  const { pid, channel, disconnect, kill, ended: closed } = start();
  const listening = Promise.withResolvers<void>();
  const drained = Promise.withResolvers<boolean>();
  const over = new AbortController();
  const cancels = createQuestions<{ readonly answer: CancelAnswer | null }>();
  const replies = createQuestions<{ readonly error: string | null }>();
  let failure: string | null = null;
  const send = (message: ToServing): void => channel.send(message);

  send(serve);
  const attendant = attend(send);
  channel.listen((message) => {
    switch (message.type) {
      case "listening":
        return listening.resolve();
      case "failed": {
        const { code, hint } = message;
        failure = message.message;
        listening.reject(new OpsError(code ?? "server-error", failure, hint));
        return disconnect();
      }
      case "cancelled":
        return cancels.answered(message.id, message);
      case "prepared":
        return replies.answered(message.id, message);
      case "taken":
      case "pong":
        return replies.answered(message.id, { error: null });
      case "drained":
        drained.resolve(true);
        return disconnect();
      default:
        return attendant.take(message);
    }
  });

  async function end(): Promise<string> {
    void channel.closed.then(() => delay(killMs, undefined, { signal: over.signal })).then(kill, nothing);
    const how = await closed;
    over.abort();
    cancels.end();
    replies.end();
    drained.resolve(true);
    attendant[Symbol.dispose]();
    listening.reject(new OpsError("server-error", `process ${pid} ended with ${how}`, "the log has more"));
    return failure === null ? how : `${how} (${failure})`;
  }

  async function watch(): Promise<void> {
    const { signal } = over;
    const begun = listening.promise.then(() => true, nothing);
    const late = delay(startMs, undefined, { signal }).catch(nothing);
    if ((await Promise.race([begun, late])) !== true) {
      failure ??= `it did not listen within ${startMs / 1000} s`;
      return kill();
    }
    while (!signal.aborted) {
      const told = await replies.ask((id) => send({ type: "ping", id }), pingMs);
      if (told === null) {
        failure = `it did not answer for ${pingMs / 1000} s`;
        return kill();
      }
      await delay(pingEveryMs, undefined, { signal }).catch(nothing);
    }
  }

  const ended = end();
  void watch();
  return {
    pid,
    listening: listening.promise,
    ended,
    async cancel(key) {
      const told = await cancels.ask((id) => send({ type: "cancel", id, key }), cancelMs);
      if (told !== null) return told.answer;
      // Who may have the session does not answer: the server is not to be asked for what may stop a drop half-way.
      return over.signal.aborted ? null : "refused";
    },
    async prepare(listeners) {
      let prepared = 0;
      const told = await replies.ask(
        (id) => send({ type: "prepare", id: (prepared = id), listeners }),
        reloadMs,
      );
      if (over.signal.aborted) return null;
      const error = told === null ? `process ${pid} does not answer` : told.error;
      if (error !== null) throw new OpsError("bad-config", error, "the log has more");
      return prepared;
    },
    async take(prepared) {
      if ((await replies.ask((id) => send({ type: "take", id, prepared }), reloadMs)) === null) kill();
    },
    async drain(withinMs) {
      send({ type: "drain" });
      const late = new AbortController();
      const timeout = delay(withinMs, false, { signal: late.signal }).catch(() => false);
      const isDrained = await Promise.race([drained.promise, timeout]);
      late.abort();
      return isDrained;
    },
    disconnect,
    kill,
  };
}

const nothing = (): undefined => undefined;
