import type { Destruction } from "../destruction.ts";
import { hole } from "../destruction.ts";
import { isProse } from "./is-prose.ts";
import { isSuspicious } from "./is-suspicious.ts";
import { judgeBodies, judgeDynamic } from "./judge-inside.ts";
import { judgeParsed } from "./judge-parsed.ts";
import { judgeWords } from "./judge-words.ts";
import { parseTokens } from "./parse-tokens.ts";
import type { Setting } from "./setting.ts";
import type { Token } from "./token.ts";

const isOpen = new RegExp(`^${hole}*$`, "u");

/** What one statement destroys that the grammar did not read together with what stands around it. */
export function judgePiece(
  piece: readonly Token[],
  setting: Setting,
  isEnded: boolean,
): readonly Destruction[] {
  // What a program puts before a statement (a comment, a hint) is no part of it.
  const start = piece.findIndex(({ text }) => !isOpen.test(text));
  const tokens = start > 0 ? piece.slice(start) : piece;
  const [first] = tokens;
  if (start < 0 || first === undefined || !isSuspicious(tokens)) return [];
  const tree = parseTokens(tokens, setting.parse);
  if (tree !== null) return judgeParsed(tree, tokens, setting, isEnded);
  const inside = [...judgeBodies(tokens, setting), ...judgeDynamic(tokens, setting, "likely")];
  const found = isProse(tokens, isEnded) ? null : judgeWords(tokens);
  return found === null ? inside : [{ ...found, at: first.at, certainty: "likely" }, ...inside];
}
