import type { Element } from "../../../wire/mongo/bson.ts";
import { randomInt } from "node:crypto";
import { renumberAnswer } from "../../../wire/mongo/renumber.ts";
import { openReader } from "../../../wire/mongo/reader.ts";
import { serverInterest } from "../../../wire/mongo/server-interest.ts";
import type { Answer } from "../../../wire/mongo/server-interest.ts";
import type { JoinedEnds } from "../join-ends.ts";

/** What the server says, on its way to the client. */
export interface ServerSide {
  push(bytes: Uint8Array): void;
  /** To the client, between two messages of the server's. */
  inject(bytes: Uint8Array): void;
  /** `tell` is told once: the answer to this request, or that there is none. */
  await(requestId: number, tell: (answer: Element | null) => void): void;
  /**
   * The same, for a request that goes to the server under the number that is given back: of those that the client gives one number more than once nobody
   * could tell whose answer comes. To the client the answer bears its own.
   */
  awaitAnew(requestId: number, tell: (answer: Element | null) => void): number;
  isAwaited(requestId: number): boolean;
  /** No answer comes any more. */
  close(): void;
}

interface Awaited {
  /** The client's own number of it. */
  readonly requestId: number;
  readonly tell: (answer: Element | null) => void;
}

const mostRequestId = 2 ** 31;

export function openServerSide(ends: JoinedEnds, warn: (message: string) => void): ServerSide {
  const awaited = new Map<number, Awaited>();
  const injected: Uint8Array[] = [];
  const reader = openReader(serverInterest((requestId) => awaited.has(requestId)));
  const settle = (requestId: number, answer: Element | null): void => {
    const found = awaited.get(requestId);
    awaited.delete(requestId);
    found?.tell(answer);
  };
  const take = ({ responseTo, document }: Answer, bytes: Buffer): void => {
    const requestId = awaited.get(responseTo)?.requestId ?? responseTo;
    settle(responseTo, document);
    ends.toClient(requestId === responseTo ? bytes : renumberAnswer(bytes, requestId));
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
        if (piece.kind === "judge") take(piece.seen, piece.bytes);
        else if (piece.kind !== "note") ends.toClient(piece.bytes);
      }
    },
    inject(bytes) {
      if (reader.isBetween) ends.toClient(bytes);
      else injected.push(bytes);
    },
    await(requestId, tell) {
      // A client that gives two requests one number has only itself to thank.
      settle(requestId, null);
      awaited.set(requestId, { requestId, tell });
    },
    awaitAnew(requestId, tell) {
      let number = randomInt(mostRequestId);
      while (awaited.has(number)) number = randomInt(mostRequestId);
      awaited.set(number, { requestId, tell });
      return number;
    },
    isAwaited: (requestId) => awaited.has(requestId),
    close() {
      for (const requestId of awaited.keys()) settle(requestId, null);
    },
  };
}
