/** Finds words in bytes; `accepts` is asked at each place where one stands, until it says yes. */
export type WordSearch = (bytes: Uint8Array, accepts: (word: number, at: number) => boolean) => boolean;

/** Every word is at least this long. */
export const shortest = 4;
const blocks = 1 << 16;

/**
 * Looks for many words at once, whatever their case (ASCII), without looking at every byte: Wu and Manber, "A fast algorithm for multi-pattern
 * searching" (1994), with blocks of two bytes; each word stands in the table in every case of its letters. `words` are in small letters.
 */
export function createWordSearch(words: readonly string[]): WordSearch {
  const shifts = new Uint8Array(blocks).fill(shortest - 1);
  const starting = new Map<number, number[]>();
  const folded = words.map((word) => Uint8Array.from(word, fold));
  for (const [index, word] of folded.entries()) {
    if (word.length < shortest) throw new RangeError(`shorter than ${shortest}: ${words[index]}`);
    for (let at = 1; at < shortest; at += 1) {
      for (const block of blocksAt(word, at)) shifts[block] = Math.min(shifts[block] ?? 0, shortest - 1 - at);
    }
    for (const last of blocksAt(word, shortest - 1))
      starting.set(last, [...(starting.get(last) ?? []), index]);
  }
  const none: readonly number[] = [];

  return (bytes, accepts) => {
    const { length } = bytes;
    let end = shortest - 1;
    while (end < length) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- within its length; a check at every byte costs a third of the speed
      const block = ((bytes[end - 1] as number) << 8) | (bytes[end] as number);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
      const shift = shifts[block] as number;
      if (shift > 0) {
        end += shift;
        continue;
      }
      const at = end - shortest + 1;
      for (const index of starting.get(block) ?? none) {
        if (standsAt(folded[index] ?? bytes, bytes, at) && accepts(index, at)) return true;
      }
      end += 1;
    }
    return false;
  };
}

function standsAt(word: Uint8Array, bytes: Uint8Array, at: number): boolean {
  if (at + word.length > bytes.length) return false;
  for (let index = 0; index < word.length; index += 1) {
    if (((bytes[at + index] ?? 0) | 32) !== word[index]) return false;
  }
  return true;
}

/** The blocks that end at a place of a word, in every case. */
function blocksAt(word: Uint8Array, at: number): readonly number[] {
  const [first, second] = [bothCases(word[at - 1] ?? 0), bothCases(word[at] ?? 0)];
  return first.flatMap((one) => second.map((other) => (one << 8) | other));
}

/** What becomes this byte when its sixth bit is set. */
function bothCases(byte: number): readonly number[] {
  return [byte, byte & ~32];
}

/** Small letters; other characters are only made alike to a few that stand in no word. */
function fold(character: string): number {
  return character.charCodeAt(0) | 32;
}
