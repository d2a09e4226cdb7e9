import { malformed, toLookAt } from "./reader.ts";
import type { Grammar, Look } from "./reader.ts";
import { lastNumber, splitWords, startsWith } from "./words.ts";

/** What a server says that a session has to know of. */
export type ServerSeen =
  | { readonly kind: "info"; readonly options: Buffer }
  /** The answer to a request that was let through. Null: longer than is looked at. */
  | {
      readonly kind: "answer";
      readonly subject: string;
      readonly status: string;
      readonly payload: Buffer | null;
    }
  /** Of a subscription that ends after so many. */
  | { readonly kind: "delivered"; readonly sid: string };

/** What a session waits for, asked with every message while there is something. */
export interface Awaited {
  readonly isIdle: () => boolean;
  readonly isReply: (subject: string) => boolean;
  readonly isCounted: (sid: string) => boolean;
}

/** Answers of the JetStream API are a few kilobytes. */
const longestAnswer = 1 << 20;

/** What a server may say to a client: INFO, MSG, HMSG, +OK, -ERR, PING, PONG. */
export function serverGrammar(awaited: Awaited): Grammar<ServerSeen> {
  return {
    classify(bytes, at, end) {
      if (startsWith("MSG", bytes, at, end) || startsWith("HMSG", bytes, at, end)) {
        const size = lastNumber(bytes, at, end);
        if (size < 0) return malformed;
        return awaited.isIdle() ? size + 2 : toLookAt;
      }
      if (startsWith("INFO", bytes, at, end)) return toLookAt;
      const isSign = bytes[at] === 0x2b || bytes[at] === 0x2d;
      if (isSign && (startsWith("OK", bytes, at + 1, end) || startsWith("ERR", bytes, at + 1, end))) return 0;
      return startsWith("PING", bytes, at, end) || startsWith("PONG", bytes, at, end) ? 0 : malformed;
    },
    look(bytes, at, end) {
      if (!startsWith("INFO", bytes, at, end)) return lookAtMessage(splitWords(bytes, at, end, 6), awaited);
      const options = bytes.subarray(at + 5, end);
      return { following: 0, needed: 0, isNote: false, see: () => ({ kind: "info", options }) };
    },
  };
}

/** `MSG subject sid [reply] size`, `HMSG subject sid [reply] headers size`. */
function lookAtMessage(words: readonly string[] | null, awaited: Awaited): Look<ServerSeen> | null {
  const [verb = "", subject = "", sid = ""] = words ?? [];
  const hasHeaders = verb.length === 4;
  if (words === null || words.length < (hasHeaders ? 5 : 4)) return null;
  const size = Number(words.at(-1));
  const headerBytes = hasHeaders ? Number(words.at(-2)) : 0;
  if (!(headerBytes >= 0 && headerBytes <= size)) return null;
  const isAnswer = awaited.isReply(subject);
  const isSeen = isAnswer && size <= longestAnswer;
  return {
    following: size + 2,
    needed: isSeen ? size + 2 : 0,
    isNote: true,
    see(behind) {
      if (!isAnswer) return awaited.isCounted(sid) ? { kind: "delivered", sid } : "quiet";
      const status =
        /^NATS\/1\.0 (\d{3})/.exec(behind.toString("latin1", 0, Math.min(headerBytes, 20)))?.[1] ?? "";
      return { kind: "answer", subject, status, payload: isSeen ? behind.subarray(headerBytes, size) : null };
    },
  };
}
