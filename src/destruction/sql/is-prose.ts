import { hole } from "../destruction.ts";
import type { Token } from "./token.ts";

const plain = /^[a-z]+$/i;

/** What English puts behind `drop database`, and nobody calls one: outcomes, and the words of messages. */
const outcomes = wordsOf(
  "again already anyway attempt attempts afterwards automatically canceled cancelled command commands complete completed " +
    "confirmation connection connections denied detected disabled disallowed done error errors exception executed failed fails " +
    "failure failures finished first forbidden here if immediately instead issued later manually notification now operation operations " +
    "permission permissions permitted privilege privileges prohibited queries query quietly request requests requires response " +
    "result results safely skipped started statement statements succeeded success successful successfully support supported syntax " +
    "today too unsupported warning warnings yet yourself",
);

/** What a sentence speaks of, and only somebody who shouts (`DROP SCHEMA VERSION`) or quotes would call a schema or a role. */
const subjects = wordsOf(
  "access account after alert assignment assignments association associations attribute attributes authentication before button " +
    "column columns configuration content contents context copy credentials dialog dialogs duplicate duplicates each entries entry " +
    "everything exists feature field fields filter filters folder form function functionality functions handle handler header headers " +
    "id ids info information input item keys link links location login logins mapping mappings member members membership " +
    "memberships menu method migration migrations modal mode model models name names object objects off once option options out " +
    "outside owner owners ownership page pages password path prefix properties property reason reference references registration row " +
    "rows script scripts select selected setting settings setup something stuff tab table tables tag task that their them these " +
    "this those timestamp title titles trigger triggers type types utility value values variable variables version versions via view " +
    "views volume when while wizard without",
);

/** What a title speaks of (`Drop Database User`), though in small letters it may well be a name. */
const namesAlike = wordsOf(
  "accounts action actions activity backup backups cache config data dir directory document documents event events extension extensions " +
    "file files group groups image images index indexes key lock message messages notifications pool post posts profile profiles record " +
    "records resource resources role roles schema schemas server servers service services session sessions source state status storage " +
    "subscription subscriptions target tasks template templates test tests text token tokens tool upload uploads user username users",
);

function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.split(" "));
}

/**
 * Whether a statement that the grammar accepts is English all the same: `Drop database connection`. Only where the name that it drops is one
 * plain word, and nothing else (a quote, a clause, a semicolon, a keyword in capitals before a name that is not) tells that it is meant as SQL.
 */
export function isProse(tokens: readonly Token[], isEnded: boolean): boolean {
  const [verb] = tokens;
  const name = tokens.at(-1);
  if (verb === undefined || name === undefined || isEnded) return false;
  if (!["DROP", "TRUNCATE", "DELETE"].includes(verb.word) || name.text.includes(hole)) return false;
  if (tokens.length > 4 || !tokens.every(({ type, text }) => type === "word" && plain.test(text)))
    return false;
  const word = name.text.toLowerCase();
  if (outcomes.has(word)) return true;
  if (isCapital(verb)) return false;
  return subjects.has(word) || (/^[A-Z]/u.test(verb.text) && namesAlike.has(word));
}

function isCapital({ text, word }: Token): boolean {
  return text === word;
}
