/** Where a chain is to be cut, or why nowhere. */
export type CutChoice =
  | { readonly size: number }
  | {
      /** `pruned`: no checkpoint is past what was pruned before; `young`: rows in the way; `newest`: the newest row stays. */
      readonly size: null;
      readonly why: "pruned" | "young" | "newest";
    };

/**
 * The largest signed size all of whose rows are old enough. A cut is at a checkpoint's size and nowhere else: only there does
 * somebody outside the database vouch for what the rest of the chain will stand on. The newest row always stays, since
 * the chain goes on from it.
 */
export function chooseCut(chain: {
  /** Sizes of checkpoints that the chain agrees with. */
  readonly signedSizes: readonly number[];
  readonly prunedSize: number;
  readonly size: number;
  /** The number of the first row that is too young; null when there is none. */
  readonly firstYoung: number | null;
}): CutChoice {
  const { signedSizes, prunedSize, size, firstYoung } = chain;
  const later = signedSizes.filter((each) => each > prunedSize);
  if (later.length === 0) return { size: null, why: "pruned" };
  const old = later.filter((each) => firstYoung === null || each < firstYoung);
  if (old.length === 0) return { size: null, why: "young" };
  const cuts = old.filter((each) => each < size);
  return cuts.length === 0 ? { size: null, why: "newest" } : { size: Math.max(...cuts) };
}
