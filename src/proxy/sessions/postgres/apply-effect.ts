import type { SqlEffect } from "../../../destruction/sql/wire/judgement.ts";
import { keptName } from "../../../wire/postgres/text.ts";
import { meaningOf } from "./meaning-of.ts";
import type { ReadingOptions } from "./reading.ts";

/** What a text that is let through changes in what is known of its session. */
export function applyEffect(
  effect: SqlEffect,
  { book, cycles, outcomes, takeOn }: Pick<ReadingOptions, "book" | "cycles" | "outcomes" | "takeOn">,
): void {
  switch (effect.type) {
    case "set-role":
      // Which it is cannot be known: any that it may be counts.
      takeOn(effect.role ?? "?");
      return;
    case "prepare": {
      const { name, destructions, effects } = effect;
      const isNothing = destructions.length === 0 && effects.length === 0;
      book.prepare(keptName(name), isNothing ? null : meaningOf(destructions, effects), cycles.sending());
      return;
    }
    case "deallocate":
      book.close(effect.name === null ? null : keptName(effect.name), cycles.sending());
      return;
    case "discard-all":
      book.close(null, cycles.sending());
      return;
    case "savepoint":
    case "release":
    case "rollback-to":
      outcomes.savepoint(effect, cycles.sending());
      return;
    case "commit":
    case "rollback":
      outcomes.end(effect.type, cycles.sending());
      return;
    case "prepare-transaction":
      outcomes.blur();
      return;
    case "execute":
    case "plan":
    case "reset-role":
    case "commit-within":
    case "rollback-within":
    case "begin":
    case "commit-prepared":
    case "rollback-prepared":
    case "changes-lexing":
      return;
  }
}
