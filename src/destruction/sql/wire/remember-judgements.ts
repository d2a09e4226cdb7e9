import type { SqlParser } from "../../../postgres/parse-sql.ts";
import { dependsOnState } from "./find-suspicion.ts";
import type { SqlJudgement, SqlReader } from "./judgement.ts";

/** Programs send the same few texts over and over (`BEGIN`, `DELETE FROM t WHERE id = $1`): what is nothing, or nothing but an effect, is judged once. */
const remembered = new WeakMap<SqlParser, Map<string, SqlJudgement>>();

const mostTexts = 1000;
const longestText = 512;

/** Under what a judgement of this text is remembered; null where it is not: it depends on the session, or it is long. */
export function keyOf(bytes: Uint8Array, reader: SqlReader): string | null {
  if (reader.isAdmin || bytes.length > longestText || dependsOnState(bytes)) return null;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

export function recall(key: string, reader: SqlReader): SqlJudgement | null {
  return remembered.get(reader.parse)?.get(key) ?? null;
}

/** A destruction is judged each time; so is what may become one with time (VALID UNTIL). */
export function remember(key: string, reader: SqlReader, judgement: SqlJudgement): void {
  if (judgement.destructions.length > 0 || /until/i.test(key)) return;
  let texts = remembered.get(reader.parse);
  if (texts === undefined) remembered.set(reader.parse, (texts = new Map<string, SqlJudgement>()));
  if (texts.size >= mostTexts) texts.clear();
  texts.set(key, judgement);
}
