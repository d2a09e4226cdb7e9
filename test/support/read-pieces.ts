/** A reader of one side of a conversation, as src/wire/mongo and src/wire/nats have them. */
interface PieceReader<Seen> {
  push(chunk: Uint8Array): void;
  next(): Piece<Seen> | null;
  readonly held: number;
}
type Piece<Seen> =
  | { readonly kind: "note"; readonly seen: Seen }
  | { readonly kind: "judge"; readonly seen: Seen; readonly bytes: Uint8Array }
  | { readonly kind: "pass" | "rest"; readonly bytes: Uint8Array }
  | { readonly kind: "broken"; readonly why: string };

export interface ReadPieces {
  /** The notes and what is judged, in order. */
  readonly seen: readonly unknown[];
  /** Of all pieces. */
  readonly bytes: Buffer;
  /** Why it ended; null: it did not. */
  readonly why: string | null;
  readonly mostHeld: number;
}

/** What is told of a conversation in these chunks. */
export function readPieces<Seen>(
  reader: PieceReader<Seen>,
  chunks: readonly Uint8Array[],
  show: (seen: Seen) => unknown,
): ReadPieces {
  const seen: unknown[] = [];
  const bytes: Uint8Array[] = [];
  let mostHeld = 0;
  for (const chunk of chunks) {
    reader.push(chunk);
    for (let piece = reader.next(); piece !== null; piece = reader.next()) {
      if (piece.kind === "broken") return { seen, bytes: Buffer.concat(bytes), why: piece.why, mostHeld };
      if ("seen" in piece) seen.push(show(piece.seen));
      if ("bytes" in piece) bytes.push(Buffer.from(piece.bytes));
    }
    mostHeld = Math.max(mostHeld, reader.held);
  }
  return { seen, bytes: Buffer.concat(bytes), why: null, mostHeld };
}
