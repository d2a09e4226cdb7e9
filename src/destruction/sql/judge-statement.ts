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

/**
 * What one statement destroys: by the grammar; by the grammar once holes stand for what a template leaves open; else piece by piece, where
 * the semicolon did not tell its statements apart, each by the grammar or by its words.
 */
export function judgeStatement({ tokens, endedBy }: Statement, setting: Setting): readonly Destruction[] {
  if (!isSuspicious(tokens, setting.suspicion)) {
    if (setting.isBody || setting.variables.size > 0) readAssignments(tokens, setting.variables);
    return [];
  }
  if (endedBy === "gexec") return judgeOutput(tokens, setting);
  const isEnded = endedBy !== "";
  const tree = parseTokens(tokens, setting.parse);
  if (tree !== null) return judgeParsed(tree, tokens, setting, isEnded);
  const filled = fillPlaceholders(tokens);
  const filledTree = filled === null ? null : parseTokens(filled, setting.parse);
  if (filled !== null && filledTree !== null) return judgeParsed(filledTree, filled, setting, isEnded);
  const pieces = splitBlocks(filled ?? tokens, setting.isBody);
  return pieces.flatMap((piece) => judgePiece(piece, setting, isEnded));
}
