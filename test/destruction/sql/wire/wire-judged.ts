import { judgeSqlBytes } from "../../../../src/destruction/sql/wire/judge-sql-bytes.ts";
import type { SqlJudgement, SqlReader } from "../../../../src/destruction/sql/wire/judgement.ts";
import type { SqlState } from "../../../../src/destruction/sql/wire/sql-state.ts";
import { sqlParser } from "../../../../src/postgres/parse-sql.ts";

const parse = await sqlParser();

export const standard: SqlState = { isStandardStrings: true, encoding: "UTF8" };
export const ordinary: SqlReader = { parse, isAdmin: false, knownFunctions: null };
export const admin: SqlReader = { parse, isAdmin: true, knownFunctions: null };

export function judgedBytes(bytes: Uint8Array, state = standard, reader = ordinary): SqlJudgement {
  return judgeSqlBytes(bytes, state, reader);
}

/** What a text destroys, a line each: kind and names. */
export function found(sql: string, state = standard, reader = ordinary): readonly string[] {
  return show(judgedBytes(Buffer.from(sql, "utf8"), state, reader));
}

export function show({ destructions }: SqlJudgement): readonly string[] {
  return destructions.map(({ kind, names }) => [kind, ...names].join(" "));
}
