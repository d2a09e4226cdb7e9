import type { ParseNode, SqlParser } from "../../postgres/parse-sql.ts";
import type { Destruction } from "../destruction.ts";
import { hole } from "../destruction.ts";
import { fillPlaceholders } from "./fill-placeholders.ts";
import { foldExpression } from "./fold-expression.ts";
import type { Found } from "../found.ts";
import { isProse } from "./is-prose.ts";
import { findDynamicSql, readAssignments } from "./judge-dynamic.ts";
import { judgeTree } from "./judge-tree.ts";
import { judgeWords } from "./judge-words.ts";
import { placeInside } from "./place-inside.ts";
import { splitBlocks } from "./split-blocks.ts";
import type { Statement } from "./split-statements.ts";
import { textOf } from "./token.ts";
import type { Token } from "./token.ts";
import { tokenize } from "./tokenize.ts";

/** Where a statement stands. */
export interface Setting {
  readonly parse: SqlParser;
  /** Whether it is part of a function's body, or of a block. */
  readonly isBody: boolean;
  /** What the variables hold that statements before it set, and what it sets itself. */
  readonly variables: Map<string, string>;
  /** What a text destroys that it runs, or that is a body. */
  readonly judgeInside: (text: string, isBody: boolean) => readonly Destruction[];
}

/** The longest statement that the grammar reads; longer ones, data for the most part, are judged by their words. */
const longest = 1 << 16;

const suspicious =
  /^(?:DROP|TRUNCATE|DELETE|MERGE|ALTER|DO|COPY|EXEC|EXECUTE|PREPARE|LANGUAGE|PG_\w*|DBLINK\w*|SET_CONFIG|SCHEDULE\w*|SESSION_REPLICATION_ROLE|EVENT_TRIGGERS|LOG_STATEMENT|PGAUDIT|QUERY_TO_XML)$/;
const suspiciousText = /drop|truncate|delete|alter|exec|dblink|pg_|set_config|session_replication/i;
const dataWords: ReadonlySet<string> = new Set(["INSERT", "UPDATE", "COMMENT", "VALUES", "REPLACE"]);

export function judgeStatement(
  statement: Statement,
  source: string,
  setting: Setting,
): readonly Destruction[] {
  if (!statement.tokens.some((token, _, tokens) => isSuspicious(token, tokens))) return [];
  const { tokens, endedBy } = statement;
  const at = tokens[0]?.at ?? 0;
  if (endedBy === "gexec") return judgeOutput(tokens, at, setting);
  const tree = parse(tokens, source, setting);
  if (tree !== null) {
    if (isProse(tokens, endedBy !== "")) return [];
    return [
      ...tree.flatMap(judgeTree).map((found) => place(found, at, tokens)),
      ...judgeBodies(tokens, source, setting),
      ...judgeDynamic(tokens, setting),
    ];
  }
  const filled = fillPlaceholders(tokens, source);
  const isFilled = filled !== source;
  const refilled = isFilled ? retokenize(tokens, filled) : tokens;
  const filledTree = isFilled ? parse(refilled, filled, setting) : null;
  if (filledTree !== null && !isProse(refilled, endedBy !== ""))
    return filledTree.flatMap(judgeTree).map((found) => place(found, at, refilled));
  const pieces = splitBlocks(refilled, filled, setting.isBody);
  return pieces.flatMap((piece) => judgePiece(piece, filled, setting, pieces.length > 1, endedBy !== ""));
}

function isSuspicious(token: Token, tokens: readonly Token[]): boolean {
  if (token.type === "string")
    return !dataWords.has(tokens[0]?.word ?? "") && suspiciousText.test(token.text);
  return suspicious.test(token.word) || (token.type === "name" && suspicious.test(token.text.toUpperCase()));
}

function parse(tokens: readonly Token[], source: string, setting: Setting): readonly ParseNode[] | null {
  const [first, last] = [tokens[0], tokens.at(-1)];
  if (first === undefined || last === undefined || last.end - first.at > longest) return null;
  const tree = setting.parse(textOf(tokens, source));
  return tree === null || tree.length === 0 ? null : tree;
}

function retokenize(tokens: readonly Token[], filled: string): readonly Token[] {
  const [first, last] = [tokens[0], tokens.at(-1)];
  if (first === undefined || last === undefined) return tokens;
  const again = [...tokenize(filled.slice(first.at, last.end), "postgres")];
  return again.map((token) => ({ ...token, at: token.at + first.at, end: token.end + first.at }));
}

function place(found: Found, at: number, tokens: readonly Token[]): Destruction {
  const isConditional = tokens.some((token) => token.isConditional);
  return { ...found, at, certainty: isConditional ? "likely" : "certain" };
}

/** What the bodies of a statement that the grammar has read destroy: of DO, of a function, of a procedure. */
function judgeBodies(tokens: readonly Token[], source: string, setting: Setting): readonly Destruction[] {
  const isDo = tokens[0]?.word === "DO";
  if (!isDo && tokens[0]?.word !== "CREATE") return [];
  return tokens.flatMap((token, index) => {
    const before = tokens[index - 1]?.word;
    if (token.type !== "string" || (before !== "AS" && !(isDo && before !== "LANGUAGE"))) return [];
    const inside = setting.judgeInside(token.text, true);
    return inside.map((found) => ({ ...found, at: placeInside(token, found.at, source) }));
  });
}

function judgeDynamic(tokens: readonly Token[], setting: Setting): readonly Destruction[] {
  readAssignments(tokens, setting.variables);
  const found: Destruction[] = [];
  for (const { text, at } of findDynamicSql(tokens, setting.variables, setting.isBody)) {
    const inside = setting.judgeInside(text, false);
    if (inside.length === 0 && text.startsWith(hole))
      found.push({ kind: "opaque", what: "EXECUTE", names: [], at, certainty: "certain" });
    for (const destruction of inside) found.push({ ...destruction, at });
  }
  return found;
}

/** What a query's answer destroys when psql runs it, one statement a field. */
function judgeOutput(tokens: readonly Token[], at: number, setting: Setting): readonly Destruction[] {
  const found: Destruction[] = [];
  for (let index = 0; index < tokens.length; index += 1) {
    const [before, token] = [tokens[index - 1], tokens[index]];
    const begins =
      before?.word === "SELECT" ||
      before?.text === "," ||
      before?.text === "(" ||
      before?.word === "DISTINCT";
    if (!begins || token === undefined) continue;
    const { text, next } = foldExpression(tokens, index, setting.variables);
    const inside = setting.judgeInside(text, false);
    for (const destruction of inside) found.push({ ...destruction, at });
    if (inside.length > 0) index = next;
  }
  return found;
}

/** One statement that the grammar did not read with what stands around it. */
function judgePiece(
  tokens: readonly Token[],
  source: string,
  setting: Setting,
  isPart: boolean,
  isEnded: boolean,
): readonly Destruction[] {
  const start = tokens.findIndex(({ text }) => text.replaceAll(hole, "") !== "");
  const first = tokens[start];
  if (first === undefined || !tokens.some((token) => isSuspicious(token, tokens))) return [];
  const rest = tokens.slice(start);
  if (isPart || start > 0) {
    const tree = parse(rest, source, setting);
    if (tree !== null && !isProse(rest, isEnded))
      return [
        ...tree.flatMap(judgeTree).map((found) => place(found, first.at, rest)),
        ...judgeDynamic(rest, setting),
      ];
  }
  const dynamic = judgeDynamic(rest, setting);
  const bodies = judgeBodies(rest, source, setting);
  const second = rest[1];
  if (first.word === "DROP" && second?.text.replaceAll(hole, "") === "")
    return [{ kind: "opaque", what: "DROP …", names: [], at: first.at, certainty: "likely" }];
  const found = isProse(rest, isEnded) ? null : judgeWords(rest);
  return found === null
    ? [...dynamic, ...bodies]
    : [...dynamic, { ...found, at: first.at, certainty: "likely" }];
}
