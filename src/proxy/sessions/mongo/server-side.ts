import type { Element } from "../../../wire/mongo/bson.ts";
import { openReader } from "../../../wire/mongo/reader.ts";
import { serverInterest } from "../../../wire/mongo/server-interest.ts";
import type { JoinedEnds } from "../join-ends.ts";

/** What the server says, on its way to the client. */
export interface ServerSide {
  push(bytes: Uint8Array): void;
  /** To the client, between two messages of the server's. */
  inject(bytes: Uint8Array): void;
  /** `tell` is told once: the answer to this request, or that there is none. */
  await(requestId: number, tell: (answer: Element | null) => void): void;
  isAwaited(requestId: number): boolean;
  /** No answer comes any more. */
  close(): void;
}

export function openServerSide(ends: JoinedEnds, warn: (message: string) => void): ServerSide {
  const awaited = new Map<number, (answer: Element | null) => void>();
  const injected: Uint8Array[] = [];
  const reader = openReader(serverInterest((requestId) => awaited.has(requestId)));
  const settle = (requestId: number, answer: Element | null): void => {
    const found = awaited.get(requestId);
    awaited.delete(requestId);
    found?.(answer);
  };
  return {
    push(bytes) {
      reader.push(bytes);
      for (;;) {
        if (injected.length > 0 && reader.isBetween)
          for (const each of injected.splice(0)) ends.toClient(each);
        if (injected.length > 0) reader.stopAtBoundary();
        const piece = reader.next();
        if (piece === null) return;
        if (piece.kind === "broken") {
          warn(`the server sent what is not understood: ${piece.why}`);
          ends.destroy();
          return;
        }
        if (piece.kind === "note") settle(piece.seen.responseTo, piece.seen.document);
        else ends.toClient(piece.bytes);
      }
    },
    inject(bytes) {
      if (reader.isBetween) ends.toClient(bytes);
      else injected.push(bytes);
    },
    await(requestId, tell) {
      // A client that gives two requests one number has only itself to thank.
      settle(requestId, null);
      awaited.set(requestId, tell);
    },
    isAwaited: (requestId) => awaited.has(requestId),
    close() {
      for (const requestId of awaited.keys()) settle(requestId, null);
    },
  };
}
