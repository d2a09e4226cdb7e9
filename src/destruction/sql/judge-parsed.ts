import type { ParseNode } from "../../postgres/parse-sql.ts";
import type { Destruction } from "../destruction.ts";
import { isProse } from "./is-prose.ts";
import { judgeBodies, judgeDynamic } from "./judge-inside.ts";
import { judgeTree } from "./judge-tree.ts";
import type { Setting } from "./setting.ts";
import type { Token } from "./token.ts";

/** What a statement destroys that the grammar has read, by itself, in the bodies that it holds, and by the texts that it runs. */
export function judgeParsed(
  trees: readonly ParseNode[],
  tokens: readonly Token[],
  setting: Setting,
  isEnded: boolean,
): readonly Destruction[] {
  if (isProse(tokens, isEnded)) return [];
  const inside = [...judgeBodies(tokens, setting), ...judgeDynamic(tokens, setting, "certain")];
  // What runs a text is opaque only while nothing is known of the text.
  const placed = placeAll(trees, tokens).filter(({ kind }) => kind !== "opaque" || inside.length === 0);
  return [...placed, ...inside];
}

/** What a tree destroys, placed where its first token stands. In a comment that only MySQL executes it is no more than likely. */
function placeAll(trees: readonly ParseNode[], tokens: readonly Token[]): readonly Destruction[] {
  const at = tokens[0]?.at ?? 0;
  const object = tokens[1]?.word;
  // `Drop database …` is a sentence's beginning more often than SQL.
  const isUnsure =
    tokens.some(({ isConditional }) => isConditional) || /^[A-Z][a-z]/u.test(tokens[0]?.text ?? "");
  const certainty = isUnsure ? "likely" : "certain";
  return trees.flatMap(judgeTree).map((found) => {
    // A role is a user and a group, too: what is shown is the word that was written.
    const isWritten = found.what === "DROP ROLE" && (object === "USER" || object === "GROUP");
    return { ...found, ...(isWritten ? { what: `DROP ${object}` } : {}), at, certainty };
  });
}
