import { find, isTrue, MalformedBson, textOf } from "../../../wire/mongo/bson.ts";
import type { Element } from "../../../wire/mongo/bson.ts";
import type { Message } from "../../../wire/mongo/read-message.ts";
import { isHello } from "./read-credentials.ts";
import type { ServerSide } from "./server-side.ts";

/**
 * Whether the server has let a client in as who it says it is. Every message that names somebody is a claim; only an answer to a message of the last
 * claim proves it. Whose answers could be another message's is never proved.
 */
export interface LoginProof {
  readonly isProved: boolean;
  /** Somebody is named, or logs out. */
  claim(): void;
  /** A message of a login is about to be sent on. */
  watch(message: Message): void;
  /** A login that is not watched is sent on. */
  giveUp(): void;
}

export function openLoginProof(serverSide: Pick<ServerSide, "await" | "isAwaited">): LoginProof {
  let claimed = 0;
  let proved = 0;
  let isLost = false;
  return {
    get isProved() {
      return !isLost && proved === claimed;
    },
    claim() {
      claimed += 1;
    },
    watch({ requestId, wantsAnswer, command }) {
      if (command === null || !wantsAnswer || serverSide.isAwaited(requestId)) {
        isLost = true;
        return;
      }
      const claim = claimed;
      serverSide.await(requestId, (answer) => {
        if (letsIn(command.name, answer)) proved = claim;
      });
    },
    giveUp() {
      isLost = true;
    },
  };
}

/** https://github.com/mongodb/specifications/blob/master/source/auth/auth.md: the fields that only an answer to a login has. */
function letsIn(name: string, answer: Element | null): boolean {
  if (answer === null) return false;
  try {
    if (!isTrue(find(answer, "ok"))) return false;
    if (!isHello(name)) return isDone(answer, name === "authenticate");
    const attempt = find(answer, "speculativeAuthenticate");
    return attempt !== null && (isDone(attempt, false) || isDone(attempt, true));
  } catch (error) {
    if (error instanceof MalformedBson) return false;
    throw error;
  }
}

function isDone(answer: Element, isCertificate: boolean): boolean {
  if (isCertificate) return textOf(find(answer, "user")) !== null && textOf(find(answer, "dbname")) !== null;
  return find(answer, "conversationId") !== null && isTrue(find(answer, "done"));
}
