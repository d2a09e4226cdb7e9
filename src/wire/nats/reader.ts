import { asBuffer, openGather } from "../gather.ts";

/**
 * What is read of a conversation (https://docs.nats.io/reference/reference-protocols/nats-protocol). The bytes of all pieces, one after the
 * other, are the bytes that were pushed.
 */
export type Piece<Seen> =
  /** Nobody needs to look at it. */
  | { readonly kind: "pass"; readonly bytes: Uint8Array }
  /** Told as it goes by; its bytes are in the `pass` that follows. */
  | { readonly kind: "note"; readonly seen: Seen }
  /** To be judged before it goes on. `rest`: so many bytes of it are still to come, as pieces `rest`. */
  | { readonly kind: "judge"; readonly seen: Seen; readonly bytes: Buffer; readonly rest: number }
  | { readonly kind: "rest"; readonly bytes: Uint8Array; readonly isLast: boolean }
  /** No more can be read. */
  | { readonly kind: "broken"; readonly why: string };

/** Bytes of payload behind a line, its line end counted, that nobody looks at; or one of these. */
export const toLookAt = -1;
export const malformed = -2;

/** What is to be looked at. */
export interface Look<Seen> {
  /** Bytes behind the line, the payload's line end counted. */
  readonly following: number;
  /** So many of them are needed to see it. */
  readonly needed: number;
  readonly isNote: boolean;
  /** `quiet`: nobody needs to look at it. Null: it is no message of the protocol. `behind`: `needed` bytes. May be asked again. */
  see(behind: Buffer): Seen | "quiet" | null;
}

/** What one side may say. Both are given a line without its end: `bytes[at]` to `bytes[end - 1]`. */
export interface Grammar<Seen> {
  classify(bytes: Buffer, at: number, end: number): number;
  /** Of a line that is `toLookAt`. Null: malformed. */
  look(bytes: Buffer, at: number, end: number): Look<Seen> | null;
}

export interface NatsReader<Seen> {
  /** Adds what came, once `next` has said null. */
  push(chunk: Uint8Array): void;
  next(): Piece<Seen> | null;
  /** Whether what was handed out ends where a message ends. */
  readonly isBetween: boolean;
  /** Asks for a piece to end where the message ends that is going by. */
  stopAtBoundary(): void;
  /** Bytes that are kept. */
  readonly held: number;
}

/** Lines of both sides; CONNECT and INFO with a token in them are the longest. */
export const longestLine = 65_536;

const [cr, lf] = [0x0d, 0x0a];
const nothing = Buffer.alloc(0);

/**
 * Reads one side. Each message's line is read whole, of its payload what `grammar` asks for; the rest passes as it came, uncopied. The
 * strictest reading of the line ends: CR LF or LF behind a line, no CR within it, CR LF behind a payload.
 */
export function openReader<Seen>(grammar: Grammar<Seen>): NatsReader<Seen> {
  const gather = openGather();
  let bytes: Buffer = nothing;
  /** Where what was not handed out yet begins. */
  let from = 0;
  let at = 0;
  /** No line end stands before it. */
  let searched = 0;
  /** Of the payload that goes by. */
  let left = 0;
  let isRest = false;
  let wantsBoundary = false;
  /** What `gather` holds is not whole yet. */
  let isWaiting = false;
  let why: string | null = null;
  /** The line at `at` was told as a note. */
  let noted = -1;

  const pass = (): Piece<Seen> | null => {
    if (from === at) return null;
    const piece = { kind: "pass", bytes: bytes.subarray(from, at) } as const;
    from = at;
    return piece;
  };

  /** Takes of the payload what is there; false where its line end is none. */
  const takePayload = (): boolean => {
    const taken = Math.min(left, bytes.length - at);
    at += taken;
    left -= taken;
    if (taken === 0 || left > 1) return true;
    if (left === 1) return bytes[at - 1] === cr;
    return bytes[at - 1] === lf && (taken < 2 || bytes[at - 2] === cr);
  };

  /** Keeps what is there for when more comes. */
  const wait = (): null => {
    searched -= at;
    if (at > 0 || gather.length === 0) {
      // Pieces of what is in `gather` outlive this: its room is theirs.
      gather.take();
      gather.add(bytes.subarray(at));
    }
    isWaiting = true;
    bytes = nothing;
    from = at = 0;
    return null;
  };

  const fail = (reason: string): Piece<Seen> => {
    why = reason;
    return { kind: "broken", why: reason };
  };

  const next = (): Piece<Seen> | null => {
    if (why !== null) return { kind: "broken", why };
    for (;;) {
      if (left > 0) {
        const isSound = takePayload();
        if (!isSound) return fail("a payload that does not end where it says");
        if (isRest) {
          const rest = bytes.subarray(from, at);
          if (rest.length === 0) return null;
          from = at;
          isRest = left > 0;
          return { kind: "rest", bytes: rest, isLast: !isRest };
        }
        if (left > 0) return pass();
        if (wantsBoundary) {
          wantsBoundary = false;
          const piece = pass();
          if (piece !== null) return piece;
        }
      }
      if (at === bytes.length) return pass();
      const newline = bytes.indexOf(lf, Math.max(at, searched));
      if (newline < 0 || newline - at > longestLine) {
        if (newline >= 0 || bytes.length - at > longestLine) return fail("a line that is too long");
        searched = bytes.length;
        return pass() ?? wait();
      }
      const end = newline > at && bytes[newline - 1] === cr ? newline - 1 : newline;
      const kind = grammar.classify(bytes, at, end);
      if (kind === malformed) return fail("a line that is none of the protocol's");
      if (kind !== toLookAt) {
        at = newline + 1;
        left = kind;
        continue;
      }
      const look = grammar.look(bytes, at, end);
      if (look === null) return fail("a line that is none of the protocol's");
      const behind = newline + 1;
      if (bytes.length - behind < look.needed) {
        searched = newline;
        return pass() ?? wait();
      }
      const seen = noted === at ? "quiet" : look.see(bytes.subarray(behind, behind + look.needed));
      if (seen === null) return fail("a message that is none of the protocol's");
      if (seen !== "quiet") {
        if (look.isNote) {
          noted = at;
          return { kind: "note", seen };
        }
        const passing = pass();
        if (passing !== null) return passing;
        at = behind;
        left = look.following;
        if (!takePayload()) return fail("a payload that does not end where it says");
        isRest = left > 0;
        const whole = bytes.subarray(from, at);
        from = at;
        return { kind: "judge", seen, bytes: whole, rest: left };
      }
      noted = -1;
      at = behind;
      left = look.following;
    }
  };

  return {
    push(chunk) {
      if (isWaiting) {
        gather.add(chunk);
        bytes = gather.view();
      } else {
        if (gather.length > 0) gather.take();
        bytes = asBuffer(chunk);
        searched = 0;
      }
      isWaiting = false;
      noted = -1;
      from = at = 0;
    },
    next,
    get isBetween() {
      return left === 0;
    },
    stopAtBoundary() {
      wantsBoundary = left > 0;
    },
    get held() {
      return isWaiting ? gather.length : 0;
    },
  };
}
