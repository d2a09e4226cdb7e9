import type { Token } from "../token.ts";

/** Behind these a statement of PL/pgSQL begins. */
const openers: ReadonlySet<string> = new Set(["BEGIN", "DECLARE", "THEN", "ELSE", "LOOP"]);

/**
 * Cuts what stands between two semicolons of a block where a statement begins within: `BEGIN DROP …`, `IF x THEN DROP …`. An opener ends a piece, and is in
 * none. CASE … WHEN … THEN of an expression is cut as well: what then is no statement is in no grammar.
 */
export function splitPieces(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const pieces: (readonly Token[])[] = [];
  let from = 0;
  let depth = 0;
  let cases = 0;
  tokens.forEach(({ type, text, word }, at) => {
    if (type === "symbol" && text === "(") depth += 1;
    if (type === "symbol" && text === ")") depth -= 1;
    // A label: `<<again>>`.
    const isLabel = text === ">>" && tokens[at - 2]?.text === "<<";
    if (word === "CASE" && at > from) cases += 1;
    if (word === "END" && cases > 0) cases -= 1;
    const isOpener = openers.has(word) && depth === 0 && cases === 0;
    if (!isOpener && !isLabel) return;
    if (at > from && !isLabel) pieces.push(tokens.slice(from, at));
    from = at + 1;
  });
  if (from < tokens.length) pieces.push(tokens.slice(from));
  return pieces.filter((piece) => piece.length > 0);
}
