import { openReader } from "../../../wire/nats/reader.ts";
import { rewriteInfo } from "../../../wire/nats/rewrite-info.ts";
import { serverGrammar } from "../../../wire/nats/server-grammar.ts";
import type { JoinedEnds } from "../join-ends.ts";
import type { AwaitedAnswers } from "./awaited-answers.ts";
import type { Subscriptions } from "./subscriptions.ts";

/** What the server says, on its way to the client. */
export interface ServerSide {
  push(bytes: Uint8Array): void;
  /** To the client, between two messages of the server's. */
  inject(bytes: Uint8Array): void;
}

export interface ServerSideParts {
  readonly ends: JoinedEnds;
  readonly subscriptions: Subscriptions;
  readonly awaited: AwaitedAnswers;
  /** Whether the client is to begin a TLS handshake when it has the first INFO. */
  readonly requiresTls: () => boolean;
  /** The client has the first INFO. */
  readonly begun: () => void;
  readonly warn: (message: string) => void;
}

export function openServerSide(parts: ServerSideParts): ServerSide {
  const { ends, subscriptions, awaited } = parts;
  const injected: Uint8Array[] = [];
  let hasBegun = false;
  const reader = openReader(
    serverGrammar({
      isIdle: () => awaited.isEmpty && !subscriptions.hasCounted,
      isReply: (subject) => awaited.has(subject),
      isCounted: (sid) => subscriptions.isCounted(sid),
    }),
  );

  const broken = (why: string): void => {
    parts.warn(`the server sent what is not understood: ${why}`);
    ends.destroy();
  };
  const tellInfo = (options: Buffer): boolean => {
    // Told again later, over the connection that is encrypted by then: it is a client's first INFO that makes it begin.
    const info = rewriteInfo(options, parts.requiresTls());
    if (info === null) {
      broken("INFO");
      return false;
    }
    ends.toClient(info);
    if (!hasBegun) parts.begun();
    hasBegun = true;
    return true;
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
        switch (piece.kind) {
          case "pass":
          case "rest":
            ends.toClient(piece.bytes);
            break;
          case "note":
            if (piece.seen.kind === "delivered") subscriptions.delivered(piece.seen.sid);
            if (piece.seen.kind === "answer")
              awaited.answered(piece.seen.subject, piece.seen.status, piece.seen.payload);
            break;
          case "judge":
            if (piece.seen.kind === "info" && !tellInfo(piece.seen.options)) return;
            break;
          case "broken":
            broken(piece.why);
            return;
        }
      }
    },
    inject(bytes) {
      if (reader.isBetween) ends.toClient(bytes);
      else injected.push(bytes);
    },
  };
}
