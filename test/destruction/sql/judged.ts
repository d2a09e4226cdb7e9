import { hole } from "../../../src/destruction/destruction.ts";
import { judgeSql } from "../../../src/destruction/sql/judge-sql.ts";
import { sqlParser } from "../../../src/postgres/parse-sql.ts";

export const parse = await sqlParser();

/** What is found in a text, a line each: kind, names, and `?` when it is no more than likely. `§` stands for a hole. */
export function judged(sql: string): readonly string[] {
  const found = judgeSql(sql.replaceAll("§", hole), parse);
  return found.map(
    ({ kind, names, certainty }) => [kind, ...names].join(" ") + (certainty === "likely" ? "?" : ""),
  );
}
