import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

const keptAtStart = 500;
const keptAtEnd = 500;

/** The lines of a stream, bounded: the first and the last 500, with a line between that says how many are left out. */
export async function collectLines(
  stream: Readable | null | undefined,
  onLine: ((line: string) => void) | undefined,
): Promise<readonly string[]> {
  if (stream === null || stream === undefined) return [];
  const first: string[] = [];
  const last: string[] = [];
  let leftOut = 0;
  for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
    onLine?.(line);
    if (first.length < keptAtStart) {
      first.push(line);
      continue;
    }
    last.push(line);
    if (last.length > keptAtEnd) {
      last.shift();
      leftOut += 1;
    }
  }
  return leftOut === 0 ? [...first, ...last] : [...first, `… ${leftOut} lines left out …`, ...last];
}
