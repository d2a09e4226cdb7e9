import type { Token } from "../token.ts";
import type { SqlEffect } from "./judgement.ts";

/** What a statement that begins, ends or parts a transaction does, from its tokens; null for every other. */
export function readTransaction(tokens: readonly Token[]): SqlEffect | null {
  const [first, second, third] = tokens;
  switch (first?.word) {
    case "BEGIN":
      return { type: "begin" };
    case "START":
      return second?.word === "TRANSACTION" ? { type: "begin" } : null;
    case "COMMIT":
    case "END":
      if (second?.word === "PREPARED") return { type: "commit-prepared", name: third?.text ?? "" };
      return { type: "commit", isChained: isChained(tokens) };
    case "ROLLBACK":
    case "ABORT": {
      if (second?.word === "PREPARED") return { type: "rollback-prepared", name: third?.text ?? "" };
      const to = tokens.findIndex(({ word }) => word === "TO");
      if (to < 0) return { type: "rollback", isChained: isChained(tokens) };
      const name = tokens[tokens[to + 1]?.word === "SAVEPOINT" ? to + 2 : to + 1];
      return { type: "rollback-to", name: name?.text ?? "" };
    }
    case "SAVEPOINT":
      return { type: "savepoint", name: second?.text ?? "" };
    case "RELEASE":
      return { type: "release", name: (second?.word === "SAVEPOINT" ? third : second)?.text ?? "" };
    case "PREPARE":
      if (second?.word !== "TRANSACTION" || third?.type !== "string") return null;
      return { type: "prepare-transaction", name: third.text };
    default:
      return null;
  }
}

/** `AND CHAIN`, and not `AND NO CHAIN`. */
function isChained(tokens: readonly Token[]): boolean {
  const at = tokens.findIndex(({ word }) => word === "CHAIN");
  return at > 0 && tokens[at - 1]?.word === "AND";
}
