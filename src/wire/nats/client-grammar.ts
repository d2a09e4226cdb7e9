import { malformed, toLookAt } from "./reader.ts";
import type { Grammar, Look } from "./reader.ts";
import { hasStray, lastNumber, splitWords, startsWith } from "./words.ts";

/** What a client says that somebody may have to know of. */
export type ClientSeen =
  | { readonly kind: "connect"; readonly options: Buffer }
  | { readonly kind: "subscribe"; readonly subject: string; readonly queue: string; readonly sid: string }
  /** `after`: so many messages more; 0: at once. */
  | { readonly kind: "unsubscribe"; readonly sid: string; readonly after: number }
  | Publish;

/** A message whose subject or headers need looking into. */
export interface Publish {
  readonly kind: "publish";
  readonly subject: string;
  /** Empty: nobody waits for an answer. */
  readonly reply: string;
  /** From `NATS/1.0` to the empty line; null without. */
  readonly headers: string | null;
  /** Null: longer than is looked at. */
  readonly payload: Buffer | null;
}

/** A message of up to `wholeBytes` is seen whole, and no more bytes of headers are taken. */
export interface ClientLimits {
  readonly wholeBytes: number;
  readonly longestPayload: number;
}

/** The header that makes a message take the place of those before it (ADR-17 of nats-architecture-and-design); the server minds its capitals. */
export const rollup = "Nats-Rollup";

/** The header that has the server tell the way of a message on a subject (ADR-41), as it was written. */
export const traceDestination = "Nats-Trace-Dest";

/**
 * What may stand in a subject that asks to destroy: `$JS.API.STREAM.…`, `$JS.API.ACCOUNT.PURGE.…`, `$SYS.REQ.…CLAIMS.…`; of consumers what is asked
 * rarely.
 */
const suspects = [
  "STREAM.",
  "ACCOUNT.",
  "CLAIMS.",
  "CONSUMER.CREATE.",
  "CONSUMER.DURABLE.",
  "CONSUMER.DELETE.",
  "SERVER.REMOVE",
] as const;

/** What a client may say to a server: CONNECT, PUB, HPUB, SUB, UNSUB, PING, PONG. */
export function clientGrammar(limits: ClientLimits): Grammar<ClientSeen> {
  const payloadOf = (bytes: Buffer, at: number, end: number): number => {
    const size = hasStray(bytes, at, end) ? -1 : lastNumber(bytes, at, end);
    return size < 0 || size > limits.longestPayload ? malformed : size + 2;
  };
  return {
    classify(bytes, at, end) {
      if (startsWith("PUB", bytes, at, end)) {
        const following = payloadOf(bytes, at, end);
        return following !== malformed && isSuspect(bytes, at, end) ? toLookAt : following;
      }
      if (startsWith("PING", bytes, at, end) || startsWith("PONG", bytes, at, end)) return 0;
      if (startsWith("HPUB", bytes, at, end))
        return payloadOf(bytes, at, end) === malformed ? malformed : toLookAt;
      const isKnown =
        startsWith("SUB", bytes, at, end) ||
        startsWith("UNSUB", bytes, at, end) ||
        startsWith("CONNECT", bytes, at, end);
      return isKnown && !hasStray(bytes, at, end) ? toLookAt : malformed;
    },
    look(bytes, at, end) {
      if (startsWith("CONNECT", bytes, at, end)) {
        const options = bytes.subarray(at + 8, end);
        return { following: 0, needed: 0, isNote: false, see: () => ({ kind: "connect", options }) };
      }
      const words = splitWords(bytes, at, end, 5);
      if (words === null) return null;
      if (startsWith("PUB", bytes, at, end))
        return words.length === 3 || words.length === 4 ? lookAtPublish(words, null, limits) : null;
      if (startsWith("HPUB", bytes, at, end)) {
        if (words.length < 4) return null;
        const headerBytes = lastNumber(bytes, at, bytes.lastIndexOf(words.at(-1) ?? "", end - 1));
        return lookAtPublish(words, headerBytes, limits);
      }
      return lookAtSubscription(words);
    },
  };
}

/** `headerBytes`: null for a message without. */
function lookAtPublish(
  words: readonly string[],
  headerBytes: number | null,
  { wholeBytes }: ClientLimits,
): Look<ClientSeen> | null {
  const size = Number(words.at(-1));
  const inHeaders = headerBytes ?? 0;
  if (inHeaders < 0 || inHeaders > size || inHeaders > wholeBytes) return null;
  const [, subject = "", second = ""] = words;
  const reply = words.length === (headerBytes === null ? 4 : 5) ? second : "";
  const isWhole = size <= wholeBytes;
  // What answers it asks by its answer.
  const isSuspicious = suspects.some((each) => subject.includes(each) || reply.includes(each));
  return {
    following: size + 2,
    needed: isSuspicious && isWhole ? size + 2 : inHeaders,
    isNote: false,
    see(behind) {
      if (!isSuspicious && !behind.includes(rollup) && !behind.includes(traceDestination)) return "quiet";
      const headers = headerBytes === null ? null : behind.toString("latin1", 0, inHeaders);
      const payload = isSuspicious && isWhole ? behind.subarray(inHeaders, size) : null;
      return { kind: "publish", subject, reply, headers, payload };
    },
  };
}

function lookAtSubscription(words: readonly string[]): Look<ClientSeen> | null {
  const seen = readSubscription(words);
  return seen === null ? null : { following: 0, needed: 0, isNote: true, see: () => seen };
}

/** `SUB subject [queue] sid`, `UNSUB sid [after]`. */
function readSubscription(words: readonly string[]): ClientSeen | null {
  const [verb = "", first, second, third] = words;
  if (first === undefined || words.length > 4) return null;
  if (verb.toUpperCase() === "SUB") {
    if (second === undefined) return null;
    return {
      kind: "subscribe",
      subject: first,
      queue: third === undefined ? "" : second,
      sid: third ?? second,
    };
  }
  if (third !== undefined || !/^\d{0,9}$/.test(second ?? "")) return null;
  return { kind: "unsubscribe", sid: first, after: Number(second ?? "0") };
}

function isSuspect(bytes: Buffer, at: number, end: number): boolean {
  for (let index = at + 4; index < end; index += 1) {
    const first = bytes[index];
    if (first !== 0x53 && first !== 0x41 && first !== 0x43) continue;
    if (suspects.some((each) => hasAt(each, bytes, index, end))) return true;
  }
  return false;
}

function hasAt(text: string, bytes: Buffer, at: number, end: number): boolean {
  if (end - at < text.length) return false;
  for (let index = 0; index < text.length; index += 1)
    if (bytes[at + index] !== text.charCodeAt(index)) return false;
  return true;
}
