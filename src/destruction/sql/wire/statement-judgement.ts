import type { ParseNode } from "../../../postgres/parse-sql.ts";
import type { Found } from "../../found.ts";
import type { Token } from "../token.ts";
import type { SqlEffect, SqlReader } from "./judgement.ts";
import type { SqlState } from "./sql-state.ts";

/** What one statement, or a text within it, does. */
export interface StatementJudgement {
  readonly found: readonly Found[];
  readonly effects: readonly SqlEffect[];
  readonly isForced: boolean;
  readonly isIfExists: boolean;
}

export const nothing: StatementJudgement = { found: [], effects: [], isForced: false, isIfExists: false };

/** What is known of where a statement stands. */
export interface WireSetting {
  readonly state: SqlState;
  readonly reader: SqlReader;
  /** Judges a text that is run: null for one that stands too deep within others. */
  readonly judgeText: (text: string) => StatementJudgement | null;
  /** Judges a statement that the grammar has read from these tokens. */
  readonly judgeTree: (tree: ParseNode, tokens: readonly Token[]) => StatementJudgement;
}

export function opaque(what: string): Found {
  return { kind: "opaque", what, names: [] };
}

/** Nothing but this, which cannot be known. */
export function unknown(what: string): StatementJudgement {
  return { ...nothing, found: [opaque(what)] };
}

/** The first words of a statement, for people. */
export function headOf(tokens: readonly Token[]): string {
  const words = tokens.slice(0, 3).map(({ word }) => word);
  const end = words.indexOf("");
  return [...(end < 0 ? words : words.slice(0, end)), "…"].join(" ");
}

/** Each destruction of each name once. */
export function withoutRepeats(found: readonly Found[]): readonly Found[] {
  if (found.length < 2) return found;
  const seen = new Set<string>();
  return found.filter(({ kind, names }) => {
    const identity = [kind, ...names].join("\0");
    return seen.has(identity) ? false : seen.add(identity) !== null;
  });
}
