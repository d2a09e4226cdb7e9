import { elementsIn, find, isTrue, MalformedBson, numberOf, textOf } from "../../../wire/mongo/bson.ts";
import type { Element } from "../../../wire/mongo/bson.ts";
import type { Settled } from "../ports.ts";

/** NamespaceNotFound, UserNotFound, RoleNotFound. */
const absent: ReadonlySet<number | null> = new Set([26, 11, 31]);

/**
 * What the server's answer says became of a command. In a transaction what was done may still be undone, on another connection of the client's as well:
 * then it is unknown.
 */
export function readOutcome(name: string, isInTransaction: boolean, answer: Element | null): Settled {
  if (answer === null) return { outcome: "unknown", error: null };
  try {
    if (!isTrue(find(answer, "ok"))) {
      const code = numberOf(find(answer, "code"));
      if (absent.has(code)) return { outcome: "noop", error: null };
      return failed(code, textOf(find(answer, "errmsg")));
    }
    // Of several deletes one may have failed behind one that was done.
    const deleted = numberOf(find(answer, name === "bulkWrite" ? "nDeleted" : "n"));
    const errors = find(answer, "writeErrors");
    for (const each of errors === null || (deleted ?? 0) > 0 ? [] : elementsIn(errors))
      return failed(numberOf(find(each, "code")), textOf(find(each, "errmsg")));
    if (isInTransaction) return { outcome: "unknown", error: null };
    if (name === "bulkWrite" && deleted === 0 && isTrue(find(answer, "nErrors")))
      return failed(null, "every delete failed");
    const isNoop =
      ((name === "delete" || name === "bulkWrite") && deleted === 0) ||
      (name === "dropDatabase" && find(answer, "dropped") === null);
    return { outcome: isNoop ? "noop" : "ok", error: null };
  } catch (error) {
    if (error instanceof MalformedBson) return { outcome: "unknown", error: null };
    throw error;
  }
}

function failed(code: number | null, message: string | null): Settled {
  return { outcome: "error", error: { code: String(code ?? ""), message: message ?? "" } };
}
