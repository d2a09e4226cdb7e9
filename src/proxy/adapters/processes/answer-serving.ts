import type { Settled, Sighting, WireDecider } from "../../sessions/ports.ts";
import type { FromServing, ToServing } from "./messages.ts";

type Question = Extract<FromServing, { readonly type: "decide" | "gone" | "settle" }>;

/** Decides for one process that serves. Disposing, when that is gone, takes its clients for gone, and what they did for unknown. */
export interface Answering extends Disposable {
  take(message: Question): void;
}

/** `deciderOf` is the one that sessions of the same listener here have. */
export function createAnswering(
  deciderOf: (listener: string) => WireDecider,
  send: (message: ToServing) => void,
): Answering {
  const deciding = new Map<number, AbortController>();
  const started = new Map<number, (settled: Settled) => void>();
  let isOver = false;

  async function decide(id: number, sighting: Sighting): Promise<void> {
    const client = new AbortController();
    deciding.set(id, client);
    const verdict = await deciderOf(sighting.speaker.listener).decide(sighting, {
      notice: (notice) => send({ type: "notice", id, notice }),
      signal: client.signal,
    });
    deciding.delete(id);
    if (verdict.kind !== "forward") return send({ type: "verdict", id, verdict });
    const { kind, dropId, settle } = verdict;
    if (isOver) return settle(unknown);
    started.set(id, settle);
    send({ type: "verdict", id, verdict: { kind, dropId } });
  }

  return {
    take(message) {
      switch (message.type) {
        case "decide":
          // A decider never rejects.
          return void decide(message.id, message.sighting);
        case "gone":
          return deciding.get(message.id)?.abort();
        case "settle":
          started.get(message.id)?.(message.settled);
          started.delete(message.id);
      }
    },
    [Symbol.dispose]() {
      isOver = true;
      for (const client of deciding.values()) client.abort();
      for (const settle of started.values()) settle(unknown);
      started.clear();
    },
  };
}

const unknown: Settled = { outcome: "unknown", error: null };
