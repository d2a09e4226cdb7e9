import type { DropMetrics } from "../../../chokepoint/faces.ts";
import type { ProxyEvent } from "../../events.ts";
import type { GateParts } from "../../gate/create-gate.ts";
import type { WireDecider } from "../../sessions/ports.ts";
import type { CancelAnswer } from "../../sessions/postgres/cancel-keys.ts";
import { createAnswering } from "./answer-serving.ts";
import type { FromServing, ToServing } from "./messages.ts";
import type { SessionBook } from "./session-counts.ts";

/** Hears one process until that is gone; then it is disposed of. */
export interface Attendant extends Disposable {
  take(message: FromServing): void;
}

/** What the first process has that the others lack. */
export interface AttendOptions {
  /** By listener: what the first process' own sessions ask. */
  readonly deciders: ReadonlyMap<string, WireDecider>;
  readonly book: SessionBook;
  readonly metrics: Pick<DropMetrics, "recognised" | "connectionRefused">;
  /** Of who was refused by a gate. */
  readonly record: GateParts["record"];
  /** Asks all but this process. Never rejects. */
  readonly cancel: (key: string, asking: number) => Promise<CancelAnswer | null>;
  readonly tell: (event: ProxyEvent) => void;
}

export function attendProcess(
  number: number,
  send: (message: ToServing) => void,
  { deciders, book, metrics, record, cancel, tell }: AttendOptions,
): Attendant {
  const answering = createAnswering((listener) => {
    const decider = deciders.get(listener);
    if (decider === undefined) throw new Error(`no sessions come in at ${listener}`);
    return decider;
  }, send);
  for (const count of book.known(number)) send({ type: "elsewhere", count });
  return {
    take(message) {
      switch (message.type) {
        case "decide":
        case "gone":
        case "settle":
          return answering.take(message);
        case "cancel": {
          const { id, key } = message;
          return void cancel(key, number).then((answer) => send({ type: "cancelled", id, answer }));
        }
        case "sessions":
          return book.set(number, message.count);
        case "passed":
          for (let count = 0; count < message.count; count += 1)
            metrics.recognised(message.protocol, message.kind, "pass");
          return;
        case "refused":
          return record(message.refused);
        case "turned-away":
          return metrics.connectionRefused(message.listener, message.reason);
        case "warned":
          return tell({ type: "noted", message: message.message });
        case "bug":
          return tell({ type: "alarm", what: "a bug in custody", message: message.message });
        case "listening":
        case "failed":
        case "drained":
        case "prepared":
        case "taken":
        case "pong":
        case "cancelled":
          // Whoever keeps the process hears these.
          return;
      }
    },
    [Symbol.dispose]() {
      answering[Symbol.dispose]();
      book.forget(number);
    },
  };
}
