/** The number of single-character edits, with a swap of neighbours as one, that turn one text into the other. */
export function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const isSame = from[row - 1] === to[column - 1];
      let cost = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (isSame ? 0 : 1),
      );
      const isSwap =
        row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (isSwap) cost = Math.min(cost, at(beforeLast, column - 2) + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return at(last, to.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}

/** `did you mean …?` for the nearest of the known words, or undefined when none is near. */
export function didYouMean(
  word: string,
  known: readonly string[],
  show: (word: string) => string = (each) => each,
): string | undefined {
  const ranked = known
    .map((each) => ({
      each,
      distance: each.startsWith(word) && word.length > 1 ? 1 : editDistance(word, each),
    }))
    .filter(
      ({ each, distance }) => distance <= Math.max(1, Math.floor(Math.min(word.length, each.length) / 3)),
    )
    .sort((left, right) => left.distance - right.distance);
  return ranked[0] === undefined ? undefined : `did you mean ${show(ranked[0].each)}?`;
}
