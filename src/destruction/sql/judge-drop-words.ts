import { hole } from "../destruction.ts";
import { showName } from "../found.ts";
import type { Found } from "../found.ts";
import type { DestructionKind } from "../kinds.ts";
import { readName } from "./read-name.ts";
import { isHole, isTail, wordsAt } from "./statement-tail.ts";
import type { Token } from "./token.ts";

/** What `DROP <words>` destroys in one dialect or another. Null: it looks like one that counts, and is none. */
const objects: ReadonlyMap<string, DestructionKind | null> = new Map<string, DestructionKind | null>([
  ["DATABASE", "database"],
  ["PLUGGABLE DATABASE", "database"],
  ["KEYSPACE", "database"],
  ["CATALOG", "database"],
  ["DATABASE LINK", null],
  ["DATABASE SCOPED", null],
  ["DATABASE AUDIT", null],
  ["DATABASE ENCRYPTION", null],
  ["DATABASE ROLE", "role"],
  ["SCHEMA", "schema"],
  ["USER", "role"],
  ["ROLE", "role"],
  ["GROUP", "role"],
  ["LOGIN", "role"],
  ["SERVER ROLE", "role"],
  ["APPLICATION ROLE", "role"],
  ["USER MAPPING", null],
  ["ROLE MAPPING", null],
  ["OWNED BY", "owned"],
  ["TABLESPACE", "tablespace"],
  ["SUBSCRIPTION", "subscription"],
  ["EXTENSION", "extension"],
  ["TABLE", "table"],
  ["FOREIGN TABLE", "table"],
  ["EXTERNAL TABLE", "table"],
  ["VIEW", "table"],
  ["MATERIALIZED VIEW", "table"],
  ["SEQUENCE", "table"],
  ["TYPE", "type"],
  ["DOMAIN", "type"],
]);

/** A DROP in another dialect than PostgreSQL's: with its quotes, its objects, its clauses. Null when it has not the form of one. */
export function judgeDropWords(tokens: readonly Token[]): Found | null {
  const [drop, object] = tokens;
  if (drop === undefined || object === undefined) return null;
  if (isHole(object)) return { kind: "opaque", what: "DROP …", names: [] };
  const split = apart(tokens);
  const read = readObject(split);
  if (read === null) return null;
  const { kind, words } = read;
  let next = 1 + words.length;
  if (wordsAt(split, next, "IF", "EXISTS")) next += 2;
  // A hole before a name may be `IF EXISTS`.
  if (isHole(split[next]) && isNamed(split[next + 1])) next += 1;
  const names: string[] = [];
  for (let isBackticked = false; ; next += 1) {
    const name = readName(split, next);
    if (name === null) return null;
    names.push(showName(name.text));
    isBackticked ||= name.isBackticked;
    next = name.next;
    if (split[next]?.text === ",") continue;
    if (!isTail(split, next)) return null;
    // MySQL's schemas are its databases.
    const isDatabase = kind === "schema" && isBackticked;
    return {
      kind: isDatabase ? "database" : kind,
      what: `DROP ${words.join(" ").replace(" BY", "")}`,
      names,
    };
  }
}

function readObject(
  tokens: readonly Token[],
): { readonly kind: DestructionKind; readonly words: readonly string[] } | null {
  const [first, second] = [tokens[1]?.word ?? "", tokens[2]?.word ?? ""];
  const pair = objects.get(`${first} ${second}`);
  if (pair !== undefined) return pair === null ? null : { kind: pair, words: [first, second] };
  const kind = objects.get(first);
  return kind === undefined || kind === null ? null : { kind, words: [first] };
}

function isNamed(token: Token | undefined): boolean {
  return token !== undefined && (isHole(token) || token.quote !== "");
}

const joined = new RegExp(`^(DATABASE|SCHEMA|ROLE|USER|GROUP|LOGIN|KEYSPACE|TABLE|EXISTS)(${hole}+)$`, "u");

/** A hole that touches a keyword (`"DROP DATABASE" + clause`) begins with a space: the two are taken apart. */
function apart(tokens: readonly Token[]): readonly Token[] {
  return tokens.flatMap((token, index) => {
    const [, keyword, rest] = joined.exec(token.word) ?? [];
    const isPlace = index === 1 || (keyword === "EXISTS" && tokens[index - 1]?.word === "IF");
    if (keyword === undefined || rest === undefined || !isPlace) return [token];
    const end = token.at + keyword.length;
    return [
      { ...token, text: token.text.slice(0, keyword.length), word: keyword, end },
      { ...token, text: rest, word: rest, at: end },
    ];
  });
}
