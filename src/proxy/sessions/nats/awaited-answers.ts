import type { Settled } from "../ports.ts";

/** Requests that were let through, by the subject on which their answer comes. */
export interface AwaitedAnswers {
  readonly isEmpty: boolean;
  has(subject: string): boolean;
  add(reply: string, settle: (settled: Settled) => void): void;
  answered(subject: string, status: string, payload: Uint8Array | null): void;
  /** No answer comes any more. */
  close(): void;
}

const unknown: Settled = { outcome: "unknown", error: null };
/** Of more than so many the oldest is given up. */
const most = 1024;

export function openAwaitedAnswers(): AwaitedAnswers {
  const awaited = new Map<string, ((settled: Settled) => void)[]>();
  return {
    get isEmpty() {
      return awaited.size === 0;
    },
    has: (subject) => awaited.has(subject),
    add(reply, settle) {
      // Nobody is told: only an inventory can say.
      if (reply === "") {
        settle(unknown);
        return;
      }
      awaited.set(reply, [...(awaited.get(reply) ?? []), settle]);
      const [oldest] = awaited;
      if (awaited.size <= most || oldest === undefined) return;
      awaited.delete(oldest[0]);
      for (const each of oldest[1]) each(unknown);
    },
    answered(subject, status, payload) {
      const [first, ...rest] = awaited.get(subject) ?? [];
      if (rest.length === 0) awaited.delete(subject);
      else awaited.set(subject, rest);
      first?.(readOutcome(status, payload));
    },
    close() {
      for (const each of [...awaited.values()].flat()) each(unknown);
      awaited.clear();
    },
  };
}

/** `err_code` of a stream, or a message, that is not there (server/errors.json). */
const absent: ReadonlySet<unknown> = new Set([10059, 10037]);

/** What an answer of JetStream says (ADR-1): `error`, or that it was done. Status 503: nobody was there to do it. */
export function readOutcome(status: string, payload: Uint8Array | null): Settled {
  if (status !== "")
    return { outcome: "error", error: { code: status, message: `the server answered ${status}` } };
  if (payload === null) return unknown;
  let answer: unknown;
  try {
    answer = JSON.parse(new TextDecoder().decode(payload));
  } catch {
    return unknown;
  }
  if (typeof answer !== "object" || answer === null) return unknown;
  if (!("error" in answer) || typeof answer.error !== "object" || answer.error === null)
    return { outcome: "ok", error: null };
  const error = answer.error;
  const code = "err_code" in error ? error.err_code : "code" in error ? error.code : "";
  if (absent.has(code)) return { outcome: "noop", error: null };
  const message = "description" in error ? String(error.description) : "";
  return { outcome: "error", error: { code: String(code), message } };
}
