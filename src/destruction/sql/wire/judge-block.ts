import type { Found } from "../../found.ts";
import { judgeSql } from "../judge-sql.ts";
import { textOf } from "../token.ts";
import type { Token } from "../token.ts";
import { collectStatements } from "./collect-statements.ts";
import type { WireStatement } from "./collect-statements.ts";
import { holdsDoubt } from "./is-doubtful.ts";
import type { SqlEffect } from "./judgement.ts";
import { splitPieces } from "./split-pieces.ts";
import { nothing, opaque, unknown, withoutRepeats } from "./statement-judgement.ts";
import type { StatementJudgement, WireSetting } from "./statement-judgement.ts";

/** Words of PL/pgSQL's statements that may destroy, wherever they stand in one: what holds one is read by the grammar, or it is opaque. */
const doubtful: ReadonlySet<string> = new Set(
  "ALTER CALL COPY CREATE DEALLOCATE DELETE DISCARD DO DROP EXECUTE IMPORT LOAD MERGE PREPARE REASSIGN RESET SET TRUNCATE".split(
    " ",
  ),
);

/**
 * What a block of PL/pgSQL does when it is run: each statement in it by the grammar, what it executes from texts by these. Opaque where that is not known for
 * certain: a text that is put together at run time, a statement that is in no grammar.
 */
export function judgeBlock(body: string, setting: WireSetting): StatementJudgement {
  const found: Found[] = [];
  const effects: SqlEffect[] = [];
  const judge = (isStandardStrings: boolean): void => {
    const state = { isStandardStrings, encoding: "UTF8" };
    const reading = collectStatements(state, (statement) => {
      const judged = judgePieces(statement, setting);
      found.push(...judged.found);
      effects.push(...judged.effects);
    });
    reading.push(Buffer.from(body, "utf8"));
    reading.end();
    if (reading.collected.isOdd) found.push(opaque("DO …"));
  };
  judge(setting.state.isStandardStrings);
  // What came before it in the same message may have set how strings are read.
  if (body.includes("\\")) judge(!setting.state.isStandardStrings);
  // What is likely, besides: what is put together is told by what is known of it.
  for (const { kind, what, names } of judgeSql(`DO $custody$${body}$custody$`, setting.reader.parse))
    if (kind !== "opaque") found.push({ kind, what, names });
  return { ...nothing, found: withoutRepeats(found), effects };
}

function judgePieces(statement: WireStatement, setting: WireSetting): StatementJudgement {
  if (statement.isLong) return unknown("DO …");
  const ends = endsWithin(statement.tokens);
  const isSuspect =
    statement.tokens.some(({ word }) => doubtful.has(word)) || holdsDoubt(statement.seen, setting.reader);
  if (!isSuspect) return { ...nothing, effects: ends };
  const judged = splitPieces(statement.tokens).map((piece) => judgePiece(piece, setting));
  return {
    ...nothing,
    found: judged.flatMap(({ found }) => found),
    effects: [...ends, ...judged.flatMap(({ effects }) => effects)],
  };
}

/** COMMIT and ROLLBACK of PL/pgSQL, as far as these words stand anywhere. */
function endsWithin(tokens: readonly Token[]): readonly SqlEffect[] {
  const ends: SqlEffect[] = [];
  if (tokens.some(({ word }) => word === "COMMIT")) ends.push({ type: "commit-within" });
  if (tokens.some(({ word }) => word === "ROLLBACK")) ends.push({ type: "rollback-within" });
  return ends;
}

function judgePiece(tokens: readonly Token[], setting: WireSetting): StatementJudgement {
  if (!tokens.some(isDoubtful)) return nothing;
  const executed = tokens.findIndex(({ word }, at) => word === "EXECUTE" && runsText(tokens, at));
  if (executed >= 0) return judgeExecuted(tokens, executed, setting);
  for (const reading of readingsOf(tokens)) {
    const trees = setting.reader.parse(reading);
    const [tree] = trees ?? [];
    if (tree !== undefined && trees?.length === 1) return setting.judgeTree(tree, tokens);
  }
  return unknown("DO …");
}

/** A word that may destroy, a parenthesis, which a call needs, or a catalog: what has none of these does nothing (`EXCEPTION WHEN others`). */
function isDoubtful({ word, text }: Token): boolean {
  return doubtful.has(word) || text === "(" || text.startsWith("pg_");
}

/** `GRANT EXECUTE ON`, `CREATE TRIGGER … EXECUTE FUNCTION` run nothing. */
function runsText(tokens: readonly Token[], at: number): boolean {
  const next = tokens[at + 1]?.word ?? "";
  if (["GRANT", "REVOKE"].includes(tokens[0]?.word ?? "")) return false;
  return !(tokens[0]?.word === "CREATE" && (next === "FUNCTION" || next === "PROCEDURE"));
}

/** `EXECUTE 'DROP …' USING x`: judged by its text where that is a constant; opaque where it is not. What stands behind it is an expression more. */
function judgeExecuted(tokens: readonly Token[], at: number, setting: WireSetting): StatementJudgement {
  const end = tokens.findIndex(({ word }, index) => index > at && behindText.has(word));
  const expression = tokens.slice(at + 1, end < 0 ? tokens.length : end);
  const isConstant =
    expression.length > 0 &&
    expression.every(({ type, text }, index) => (index % 2 === 0 ? type === "string" : text === "||"));
  if (!isConstant || expression.at(-1)?.type !== "string") return unknown("EXECUTE …");
  const before = tokens.slice(0, at);
  const behind = end < 0 ? [] : tokens.slice(end);
  const mayCall = [...before, ...behind].some(({ text }) => text === "(");
  const inside = setting.judgeText(
    expression.map(({ type, text }) => (type === "string" ? text : "")).join(""),
  );
  return mayCall || inside === null ? unknown("EXECUTE …") : inside;
}

const behindText: ReadonlySet<string> = new Set(["USING", "INTO", "LOOP"]);

/** What a grammar that knows no PL/pgSQL may make of a statement: the query in it, or its expression as one. */
function readingsOf(tokens: readonly Token[]): readonly string[] {
  const from = (at: number): string => textOf(tokens.slice(at));
  const readings = [from(0)];
  const first = tokens[0]?.word ?? "";
  if (expressions.has(first)) readings.push(`SELECT ${from(1)}`);
  const inside = tokens.findIndex(({ word }) => word === "IN");
  if (first === "FOR" && inside > 0) readings.push(from(inside + 1), `SELECT ${from(inside + 1)}`);
  if (first === "RETURN") readings.push(from(2));
  const assigned = tokens.findIndex(({ text }) => text === ":=" || text === "=");
  if (assigned > 0) readings.push(`SELECT ${from(assigned + 1)}`);
  return readings;
}

const expressions: ReadonlySet<string> = new Set(
  "PERFORM IF ELSIF ELSEIF WHILE WHEN RETURN CASE EXIT CONTINUE ASSERT".split(" "),
);
