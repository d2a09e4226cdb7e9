/** Where lines begin in a source. Lines and columns count from 1; columns are UTF-16 code units. */
export interface Lines {
  at(offset: number): { readonly line: number; readonly column: number };
  /** The text of a line, without its end. */
  text(line: number): string;
  readonly count: number;
}

export function linesOf(source: string): Lines {
  const starts = [0];
  for (let at = source.indexOf("\n"); at >= 0; at = source.indexOf("\n", at + 1)) starts.push(at + 1);
  return {
    count: starts.length,
    at(offset) {
      let [low, high] = [0, starts.length - 1];
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((starts[middle] ?? 0) <= offset) low = middle;
        else high = middle - 1;
      }
      return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
    },
    text(line) {
      const start = starts[line - 1];
      if (start === undefined) return "";
      const end = starts[line] ?? source.length + 1;
      return source.slice(start, end - 1).replace(/\r$/, "");
    },
  };
}
