/** Finds words in bytes; `accepts` is asked at each place where one stands, until it says yes. */
export type WordSearch = (bytes: Uint8Array, accepts: (word: number, at: number) => boolean) => boolean;

/** Every word is at least this long. */
export const shortest = 4;
const blocks = 1024;

/**
 * Looks for many words at once, whatever their case (ASCII), without looking at every byte: Wu and Manber, "A fast algorithm for multi-pattern
 * searching" (1994), with blocks of two bytes. A block is the low five bits of each, which folds the case of letters; what looks alike there is
 * told apart when the word itself is compared. `words` are in small letters.
 */
export function createWordSearch(words: readonly string[]): WordSearch {
  const shifts = new Uint8Array(blocks).fill(shortest - 1);
  const starting = new Map<number, number[]>();
  const folded = words.map((word) => Uint8Array.from(word, fold));
  for (const [index, word] of folded.entries()) {
    if (word.length < shortest) throw new RangeError(`shorter than ${shortest}: ${words[index]}`);
    for (let at = 1; at < shortest; at += 1) {
      const block = blockAt(word, at);
      shifts[block] = Math.min(shifts[block] ?? 0, shortest - 1 - at);
    }
    const last = blockAt(word, shortest - 1);
    starting.set(last, [...(starting.get(last) ?? []), index]);
  }
  const none: readonly number[] = [];
  const buckets = Array.from({ length: blocks }, (_, block) => starting.get(block) ?? none);

  return (bytes, accepts) => {
    const { length } = bytes;
    let end = shortest - 1;
    while (end < length) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- within its length; a check at every byte costs a third of the speed
      const block = (((bytes[end - 1] as number) & 31) << 5) | ((bytes[end] as number) & 31);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
      const shift = shifts[block] as number;
      if (shift > 0) {
        end += shift;
        continue;
      }
      const at = end - shortest + 1;
      for (const index of buckets[block] ?? none) {
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

function blockAt(word: Uint8Array, at: number): number {
  return (((word[at - 1] ?? 0) & 31) << 5) | ((word[at] ?? 0) & 31);
}

/** Small letters; other characters are only made alike to a few that stand in no word. */
function fold(character: string): number {
  return character.charCodeAt(0) | 32;
}
