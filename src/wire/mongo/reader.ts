import { asBuffer, openGather } from "../gather.ts";
import { headerBytes, longestMessage } from "./opcodes.ts";

/** What is read of a conversation. The bytes of all pieces, one after the other, are the bytes that were pushed. */
export type Piece<Seen> =
  /** Nobody needs to look at it. */
  | { readonly kind: "pass"; readonly bytes: Uint8Array }
  /** Told as it goes by; its bytes are in the `pass` that follows. */
  | { readonly kind: "note"; readonly seen: Seen }
  /** To be judged before it goes on: a message, or its beginning with `rest` bytes to come, as pieces `rest`. */
  | { readonly kind: "judge"; readonly seen: Seen; readonly bytes: Buffer; readonly rest: number }
  | { readonly kind: "rest"; readonly bytes: Uint8Array; readonly isLast: boolean }
  /** No more can be read. */
  | { readonly kind: "broken"; readonly why: string };

/** What one side's messages are looked at for. `message` begins with its header and may have more bytes than were asked for. */
export interface Interest<Seen> {
  readonly isNote: boolean;
  /** How many bytes are needed to see it: 0, nobody needs to. `have` of its `length` bytes are there from `at` on, a header at least. */
  needs(bytes: Buffer, at: number, have: number, length: number): number;
  /** `quiet`: nobody needs to look at it after all. Null: it is no message of the protocol. May be asked again. */
  see(message: Buffer, length: number): Seen | "quiet" | null;
}

export interface MongoReader<Seen> {
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

const nothing = Buffer.alloc(0);

/** Reads one side. A message's length is checked before anything is kept of it; what `interest` does not ask for passes as it came, uncopied. */
export function openReader<Seen>(interest: Interest<Seen>, longest = longestMessage): MongoReader<Seen> {
  const gather = openGather();
  let bytes: Buffer = nothing;
  /** Where what was not handed out yet begins. */
  let from = 0;
  let at = 0;
  /** Of the message that goes by. */
  let left = 0;
  let isRest = false;
  let wantsBoundary = false;
  /** What `gather` holds is not whole yet. */
  let isWaiting = false;
  let why: string | null = null;
  let isNoted = false;

  const pass = (): Piece<Seen> | null => {
    if (from === at) return null;
    const piece = { kind: "pass", bytes: bytes.subarray(from, at) } as const;
    from = at;
    return piece;
  };
  const wait = (): null => {
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
  const take = (): void => {
    const taken = Math.min(left, bytes.length - at);
    at += taken;
    left -= taken;
  };

  const next = (): Piece<Seen> | null => {
    if (why !== null) return { kind: "broken", why };
    for (;;) {
      if (left > 0) {
        take();
        if (isRest) {
          if (from === at) return null;
          const rest = bytes.subarray(from, at);
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
      const have = bytes.length - at;
      if (have < headerBytes) return pass() ?? wait();
      const length = bytes.readInt32LE(at);
      if (length < headerBytes || length > longest) return fail(`a message of ${length} bytes`);
      const needed = isNoted ? 0 : interest.needs(bytes, at, Math.min(have, length), length);
      if (needed > have) return pass() ?? wait();
      isNoted = false;
      if (needed > 0) {
        const seen = interest.see(bytes.subarray(at, at + needed), length);
        if (seen === null) return fail("a message that is none of the protocol's");
        if (seen !== "quiet") {
          if (interest.isNote) {
            isNoted = true;
            return { kind: "note", seen };
          }
          const passing = pass();
          if (passing !== null) return passing;
          left = length;
          take();
          isRest = left > 0;
          const whole = bytes.subarray(from, at);
          from = at;
          return { kind: "judge", seen, bytes: whole, rest: left };
        }
      }
      left = length;
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
      }
      isWaiting = false;
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
