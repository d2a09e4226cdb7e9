import { hole } from "../destruction.ts";
import type { Token } from "./token.ts";

const plain = /^[a-z]+$/i;
const sentenceCase = /^[A-Z][a-z]+$/;

/** What English puts behind `drop database`, and nobody calls one: outcomes, and what a message speaks of. */
const outcomes: ReadonlySet<string> = new Set(
  (
    "again already anyway attempt attempts afterwards automatically canceled cancelled command commands complete completed " +
    "confirmation connection connections denied detected disabled disallowed done error errors event events exception executed " +
    "failed fails failure failures finished first forbidden here immediately instead issued later manually now operation operations " +
    "permission permissions privilege privileges prohibited queries query quietly request requests requires response result " +
    "results safely skipped started statement statements succeeded success successful successfully support supported syntax today " +
    "too unsupported warning warnings yet yourself"
  ).split(" "),
);

/** What only a sentence or a title speaks of: `Drop User Table`, `Drop schema objects`, where real SQL is all small or all capitals. */
const subjects: ReadonlySet<string> = new Set(
  (
    "access account accounts action activity address after all alert assignment association attribute authentication backup " +
    "before button cache column columns config configuration content contents context copy credentials data dialog dir directory " +
    "duplicate each entries entry everything exists extension feature field fields file files filter folder form from function " +
    "functionality group groups handle handler header id ids if image index indexes info information input item items key keys " +
    "link links list location lock login mapping mappings member members membership memberships menu message messages method " +
    "migration migrations mode model name names notification object objects off once option options out outside owner page " +
    "password path pool post prefix profile properties property reason record records reference references registration resource " +
    "resources role roles row rows schema schemas script selected server service session sessions settings setup source state " +
    "status storage subscription tab table tables tag target task template tests text that their then these this those timestamp " +
    "title token tokens tool type types uploads user username users utility value values variable version versions via view views " +
    "volume when while window without zone"
  ).split(" "),
);

/**
 * Whether a statement that the grammar accepts is English all the same: `Drop database connection`. Only where the name that it drops is one
 * plain word, and nothing else (a quote, a clause, a semicolon) tells that it is meant as SQL.
 */
export function isProse(tokens: readonly Token[], isEnded: boolean): boolean {
  const [verb] = tokens;
  const name = tokens.at(-1);
  if (verb === undefined || name === undefined || isEnded) return false;
  if (tokens.length > 4 || !tokens.every(({ type, text }) => type === "word" && plain.test(text)))
    return false;
  if (!["DROP", "TRUNCATE", "DELETE"].includes(verb.word) || name.text.includes(hole)) return false;
  const word = name.text.toLowerCase();
  return outcomes.has(word) || (sentenceCase.test(verb.text) && subjects.has(word));
}
