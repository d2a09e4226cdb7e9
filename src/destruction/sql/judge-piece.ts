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
const lead = new RegExp(`^${hole}+(?=[A-Z]+$)`, "u");

/** What one statement destroys that the grammar did not read together with what stands around it. */
export function judgePiece(
  piece: readonly Token[],
  setting: Setting,
  isEnded: boolean,
): readonly Destruction[] {
  const tokens = withoutLead(piece);
  const [first] = tokens;
  if (first === undefined || !isSuspicious(tokens, setting.suspicion)) return [];
  const tree = parseTokens(tokens, setting.parse);
  if (tree !== null) return judgeParsed(tree, tokens, setting, isEnded);
  const inside = [...judgeBodies(tokens, setting), ...judgeDynamic(tokens, setting, "likely")];
  const found = isProse(tokens, isEnded) ? null : judgeWords(tokens);
  return found === null ? inside : [{ ...found, at: first.at, certainty: "likely" }, ...inside];
}

/** Without what a program puts before a statement (a comment, a hint), with a space behind it or none. */
function withoutLead(piece: readonly Token[]): readonly Token[] {
  const start = piece.findIndex(({ text }) => !isOpen.test(text));
  const first = piece[start];
  if (first === undefined) return [];
  const length = first.type === "word" ? (lead.exec(first.word)?.[0].length ?? 0) : 0;
  const [text, word, raw] = [first.text, first.word, first.raw].map((written) => written.slice(length));
  const bare = { ...first, text: text ?? "", word: word ?? "", raw: raw ?? "", at: first.at + length };
  return [length === 0 ? first : bare, ...piece.slice(start + 1)];
}
