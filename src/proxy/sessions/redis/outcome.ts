import { replyType } from "../../../wire/redis/reply-reader.ts";
import type { Settled } from "../ports.ts";
import type { Reply } from "./answers.ts";

export const unknown: Settled = { outcome: "unknown", error: null };
export const rolledBack: Settled = { outcome: "rolled_back", error: null };

const isErrorType = (type: number): boolean => type === replyType.error || type === replyType.bulkError;

/** How the server took a command, by its reply. Commands that say how many they took away were a noop when that is none. */
export function settledBy(what: string, type: number, text: string): Settled {
  if (isErrorType(type)) return errorOf(text);
  if (text === "QUEUED" && type === replyType.simple) return unknown;
  const isNone =
    (type === replyType.integer && text === "0" && /^(?:ACL DELUSER|DEL|UNLINK)$/u.test(what)) ||
    (type === replyType.simple && text === "NOKEY" && what === "MIGRATE");
  return { outcome: isNone ? "noop" : "ok", error: null };
}

function errorOf(text: string): Settled {
  const [code = ""] = text.split(" ", 1);
  return { outcome: "error", error: { code, message: text.slice(code.length + 1) } };
}

/** What became of the destructions that a transaction ran, each by its place in the array that EXEC answers. */
export interface TransactionOutcome {
  element(type: number, text: string): void;
  settled(reply: Reply): Settled;
}

/** `queued`: the places of those that destroy, and what each is. One that was done makes the whole done. */
export function watchTransaction(queued: ReadonlyMap<number, string>): TransactionOutcome {
  const outcomes: Settled[] = [];
  let at = 0;
  return {
    element(type, text) {
      const what = queued.get(at);
      if (what !== undefined) outcomes.push(settledBy(what, type, text));
      at += 1;
    },
    settled(reply) {
      // A key that was watched has changed, or a command was refused when it was queued: nothing ran.
      if (reply.isNull || isErrorType(reply.type)) return rolledBack;
      const best = (["ok", "unknown", "error", "noop"] as const)
        .map((outcome) => outcomes.find((each) => each.outcome === outcome))
        .find((each) => each !== undefined);
      return best ?? unknown;
    },
  };
}

/** Which database a transaction has come to in the end, told by the elements of what EXEC answers. `selects`: its SELECTs, by their places. */
export function watchSelects(selects: ReadonlyMap<number, string>): {
  element(type: number): void;
  /** Null: where it began. */
  selected(): string | null;
} {
  let at = 0;
  let selected: string | null = null;
  return {
    element(type) {
      if (!isErrorType(type)) selected = selects.get(at) ?? selected;
      at += 1;
    },
    selected: () => selected,
  };
}

export function isErrorReply(reply: Reply): boolean {
  return isErrorType(reply.type);
}
