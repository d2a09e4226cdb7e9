import type { Expression } from "../syntax.ts";

/** A stretch of a literal: source text between two holes, or the value in a hole. */
export type Piece = TextPiece | { readonly value: Expression };

interface TextPiece {
  readonly text: string;
  /** Where it begins in the source. */
  readonly at: number;
}

export function mapText(pieces: readonly Piece[], change: (text: string) => string): readonly Piece[] {
  return pieces.map((piece) => ("text" in piece ? { ...piece, text: change(piece.text) } : piece));
}

/** The literal as one expression: a text when nothing is put into it, else a join. `at` is where the literal begins. */
export function joinPieces(pieces: readonly Piece[], at: number): Expression {
  const kept = pieces.filter((piece) => "value" in piece || piece.text !== "");
  const [first] = kept;
  if (first === undefined) return { is: "text", text: "", at };
  if (kept.length === 1 && "text" in first) return { is: "text", text: first.text, at };
  return { is: "join", parts: kept.map(expressionOf), at };
}

function expressionOf(piece: Piece): Expression {
  return "text" in piece ? { is: "text", text: piece.text, at: piece.at } : piece.value;
}
