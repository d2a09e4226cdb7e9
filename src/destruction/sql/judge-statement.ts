import type { Destruction } from "../destruction.ts";
import { fillPlaceholders } from "./fill-placeholders.ts";
import { isSuspicious } from "./is-suspicious.ts";
import { judgeOutput } from "./judge-inside.ts";
import { judgeParsed } from "./judge-parsed.ts";
import { judgePiece } from "./judge-piece.ts";
import { parseTokens } from "./parse-tokens.ts";
import { readAssignments } from "./read-assignments.ts";
import type { Setting } from "./setting.ts";
import { splitBlocks } from "./split-blocks.ts";
import type { Statement } from "./split-statements.ts";
import type { Token } from "./token.ts";
import { tokenize } from "./tokenize.ts";

/**
 * What one statement destroys: by the grammar; by the grammar once holes stand for what a template leaves open; else piece by piece, where
 * the semicolon did not tell its statements apart, each by the grammar or by its words.
 */
export function judgeStatement(
  { tokens, endedBy }: Statement,
  source: string,
  setting: Setting,
): readonly Destruction[] {
  if (!isSuspicious(tokens)) {
    if (setting.variables.size > 0) readAssignments(tokens, setting.variables);
    return [];
  }
  if (endedBy === "gexec") return judgeOutput(tokens, setting);
  const isEnded = endedBy !== "";
  const tree = parseTokens(tokens, source, setting.parse);
  if (tree !== null) return judgeParsed(tree, tokens, source, setting, isEnded);
  const filled = fillPlaceholders(tokens, source);
  if (filled === source) return judgePieces(tokens, source, setting, isEnded);
  const again = retokenize(tokens, filled);
  const filledTree = parseTokens(again, filled, setting.parse);
  return filledTree === null
    ? judgePieces(again, filled, setting, isEnded)
    : judgeParsed(filledTree, again, filled, setting, isEnded);
}

function judgePieces(
  tokens: readonly Token[],
  source: string,
  setting: Setting,
  isEnded: boolean,
): readonly Destruction[] {
  const pieces = splitBlocks(tokens, source, setting.isBody);
  return pieces.flatMap((piece) => judgePiece(piece, source, setting, isEnded));
}

/** The tokens of the same place in a source in which holes stand for some of them. */
function retokenize(tokens: readonly Token[], filled: string): readonly Token[] {
  const [first, last] = [tokens[0], tokens.at(-1)];
  if (first === undefined || last === undefined) return tokens;
  const again = [...tokenize(filled.slice(first.at, last.end), "postgres")];
  return again.map((token) => ({ ...token, at: token.at + first.at, end: token.end + first.at }));
}
