import type { LineRange } from "../policy/covered-lines.ts";

/** One file of `git diff --raw -z`. */
export interface RawChange {
  readonly oldMode: string;
  readonly newMode: string;
  /** The older content's name. */
  readonly blob: string;
  /** `A` added, `C` copied, `D` deleted, `M` modified, `R` renamed, `T` of another type, `U` unmerged. */
  readonly status: string;
  /** The path that it has now; of a deleted file, had. Relative to the root of the repository. */
  readonly path: string;
}

/** https://git-scm.com/docs/diff-format#_raw_output_format */
export function readRawDiff(output: string): readonly RawChange[] {
  const fields = output.split("\0");
  const changes: RawChange[] = [];
  for (let index = 0; index < fields.length;) {
    const [, oldMode, newMode, blob, letter] =
      /^:(\d{6}) (\d{6}) ([0-9a-f]+) [0-9a-f]+ ([A-Z])\d*$/.exec(fields[index] ?? "") ?? [];
    if (oldMode === undefined || newMode === undefined || blob === undefined || letter === undefined) {
      index += 1;
      continue;
    }
    const hasTwo = letter === "R" || letter === "C";
    changes.push({ oldMode, newMode, blob, status: letter, path: fields[index + (hasTwo ? 2 : 1)] ?? "" });
    index += hasTwo ? 3 : 2;
  }
  return changes;
}

/** The lines that a patch (`git diff -U0`) adds, by the path that their file has now. */
export function readAddedLines(patch: string): ReadonlyMap<string, readonly LineRange[]> {
  const added = new Map<string, LineRange[]>();
  let path: string | null = null;
  /** Lines of the hunk that are still to come: what they hold is no header. */
  let left = 0;
  for (const line of patch.split("\n")) {
    if (left > 0) {
      if (/^[-+]/.test(line)) left -= 1;
      continue;
    }
    if (line.startsWith("+++ ")) {
      path = pathOf(line.slice("+++ ".length));
      continue;
    }
    const [, removed = "1", first, count = "1"] =
      /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line) ?? [];
    if (first === undefined) continue;
    left = Number(removed) + Number(count);
    if (path === null || Number(count) === 0) continue;
    const ranges = added.get(path) ?? [];
    ranges.push({ first: Number(first), last: Number(first) + Number(count) - 1 });
    added.set(path, ranges);
  }
  return added;
}

/** `b/path`, or quoted as in C where the path holds quotes or controls; null for `/dev/null`. */
function pathOf(text: string): string | null {
  const bare = text.replace(/\t$/, "");
  const named = bare.startsWith('"') ? unquote(bare) : bare;
  return named.startsWith("b/") ? named.slice(2) : null;
}

const escapes: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 };

function unquote(text: string): string {
  const bytes: number[] = [];
  for (const [whole, octal, letter] of text.slice(1, -1).matchAll(/\\([0-7]{3})|\\(.)|[\s\S]/gu)) {
    if (octal !== undefined) bytes.push(Number.parseInt(octal, 8));
    else if (letter !== undefined)
      bytes.push(...(escapes[letter] === undefined ? Buffer.from(letter) : [escapes[letter]]));
    else bytes.push(...Buffer.from(whole));
  }
  return Buffer.from(bytes).toString();
}
