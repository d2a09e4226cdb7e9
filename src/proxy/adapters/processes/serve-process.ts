import { openTargets } from "../../../chokepoint/open-targets.ts";
import { exitCodes, OpsError } from "../../../errors.ts";
import type { ExitCode } from "../../../errors.ts";
import type { Environment } from "../../../postgres/settings.ts";
import type { ProcessChannel } from "../../../run/process-channel.ts";
import { showBug } from "../../../run/show-bug.ts";
import { createCancelKeys } from "../../sessions/postgres/cancel-keys.ts";
import type { CancelAnswer } from "../../sessions/postgres/cancel-keys.ts";
import { openGatesThatTell } from "../open-gates.ts";
import { openProtocols } from "../open-protocols.ts";
import { startListeners } from "../start-listeners.ts";
import type { RunningListeners } from "../start-listeners.ts";
import { createAsking } from "./ask-first.ts";
import type { FromServing, ToServing } from "./messages.ts";
import { createQuestions } from "./questions.ts";
import { createSessionBook } from "./session-counts.ts";

type Channel = ProcessChannel<ToServing, FromServing>;

/** So long a cancelled client waits for all processes. */
const cancelMs = 2000;

/**
 * A process of `custody proxy --processes` that only serves listeners: sessions and gates are its own; what destroys is decided in the
 * first process, which records it. Resolves when it has drained, or the first is gone: then whatever it has ends with it.
 */
export async function serveProcess(channel: Channel, env: Environment): Promise<ExitCode> {
  const send = (message: FromServing): void => channel.send(message);
  const asking = createAsking(send);
  const cancels = createQuestions<{ readonly answer: CancelAnswer | null }>();
  const cancelKeys = createCancelKeys(async (key) => {
    const told = await cancels.ask((id) => send({ type: "cancel", id, key }), cancelMs);
    // Who may have it does not answer: the server is asked for nothing that may stop a drop half-way.
    return told === null ? "refused" : told.answer;
  });
  // Of the two counts one is this process', which is nobody's here.
  const book = createSessionBook(() => undefined);
  const running = Promise.withResolvers<RunningListeners>();
  let isDrained = false;
  const prepared = new Map<number, () => Promise<unknown>>();

  async function start({ listeners, targets: policies }: Extract<ToServing, { type: "serve" }>) {
    const warn = (message: string): void => send({ type: "warned", message });
    const targets = await openTargets(policies, { env, jobs: 1 });
    const gates = await openGatesThatTell({ targets: policies, env, warn }, (refused) =>
      send({ type: "refused", refused }),
    );
    const protocols = await openProtocols(new Set(listeners.map(({ protocol }) => protocol)), {
      knownFunctions: (speaker) => gates.knownFunctions(speaker),
      cancelKeys,
    });
    return await startListeners(listeners, {
      decider: (_listener, parts) => asking.decider(parts),
      metrics: {
        connectionRefused: (listener, reason) => send({ type: "turned-away", listener, reason }),
      },
      onCount: (count) => send({ type: "sessions", count }),
      elsewhere: (listener) => book.elsewhere(here, listener),
      targets,
      protocols,
      gates,
      env,
      ports: "shared",
      warn,
    });
  }

  async function serve(message: Extract<ToServing, { type: "serve" }>): Promise<void> {
    try {
      running.resolve(await start(message));
      send({ type: "listening" });
    } catch (error) {
      const { code, hint } = error instanceof OpsError ? error : { code: null, hint: "" };
      send({
        type: "failed",
        code,
        message: error instanceof OpsError ? error.message : showBug(error),
        hint,
      });
    }
  }

  async function prepare({ id, listeners }: Extract<ToServing, { type: "prepare" }>): Promise<void> {
    try {
      prepared.set(id, await (await running.promise).prepare(listeners));
      send({ type: "prepared", id, error: null });
    } catch (error) {
      const message = error instanceof OpsError ? error.message : showBug(error);
      send({ type: "prepared", id, error: message });
    }
  }

  async function take(id: number, of: number): Promise<void> {
    await prepared.get(of)?.();
    prepared.clear();
    send({ type: "taken", id });
  }

  async function drain(): Promise<void> {
    await (await running.promise).drain();
    asking[Symbol.dispose]();
    isDrained = true;
    // What was told before it has arrived when the first closes the channel.
    send({ type: "drained" });
  }

  channel.listen((message) => {
    switch (message.type) {
      case "serve":
        return void serve(message);
      case "prepare":
        return void prepare(message);
      case "take":
        return void take(message.id, message.prepared);
      case "drain":
        return void drain();
      case "ping":
        return send({ type: "pong", id: message.id });
      case "notice":
      case "verdict":
        return asking.told(message);
      case "cancel":
        return send({ type: "cancelled", id: message.id, answer: cancelKeys.cancelHere(message.key) });
      case "cancelled":
        return cancels.answered(message.id, { answer: message.answer });
      case "elsewhere":
        return book.set(others, message.count);
    }
  });
  await channel.closed;
  return isDrained ? exitCodes.good : exitCodes.interrupted;
}

/** In the book of a process that serves. */
const [here, others] = [0, 1];
