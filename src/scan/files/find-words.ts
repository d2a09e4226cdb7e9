/** Finds words in bytes; `accepts` is asked at each place where one stands, until it says yes. */
export type WordSearch = (bytes: Uint8Array, accepts: (word: number, at: number) => boolean) => boolean;

/** Every word is at least this long. */
export const shortest = 4;
const blocks = 1 << 16;

/**
 * Looks for many words at once, whatever their case (ASCII), without looking at every byte: Wu and Manber, "A fast algorithm for multi-pattern
 * searching" (1994), with blocks of two bytes; each word stands in the table in every case of its letters. Where a word may begin, its first four
 * bytes are looked up at once. `words` are in small letters.
 */
export function createWordSearch(words: readonly string[]): WordSearch {
  const shifts = new Uint8Array(blocks).fill(shortest - 1);
  const folded = words.map((word) => Uint8Array.from(word, fold));
  for (const [index, word] of folded.entries()) {
    if (word.length < shortest) throw new RangeError(`shorter than ${shortest}: ${words[index]}`);
    for (let at = 1; at < shortest; at += 1) {
      for (const block of blocksAt(word, at)) shifts[block] = Math.min(shifts[block] ?? 0, shortest - 1 - at);
    }
  }
  const { keys, starting } = tableOf(folded);
  const none: readonly number[] = [];

  return (bytes, accepts) => {
    const { length } = bytes;
    let end = shortest - 1;
    while (end < length) {
      // Within its length; a check at every byte costs a third of the speed.
      // oxlint-disable typescript/no-unsafe-type-assertion
      const third = bytes[end - 1] as number;
      const fourth = bytes[end] as number;
      const shift = shifts[(third << 8) | fourth] as number;
      // oxlint-enable typescript/no-unsafe-type-assertion
      if (shift > 0) {
        end += shift;
        continue;
      }
      const at = end - shortest + 1;
      const key = keyOf(bytes[at] ?? 0, bytes[at + 1] ?? 0, third, fourth);
      for (const index of starting[slotOf(keys, key)] ?? none) {
        if (standsAt(folded[index] ?? bytes, bytes, at) && accepts(index, at)) return true;
      }
      end += 1;
    }
    return false;
  };
}

/** Four bytes in small letters, as one number. */
function keyOf(first: number, second: number, third: number, fourth: number): number {
  return first | (second << 8) | (third << 16) | (fourth << 24) | 0x20202020 | 0;
}

const slots = 4096;

/** Where a key stands in an open table, or the empty slot where it would. */
function slotOf(keys: Int32Array, key: number): number {
  let slot = Math.imul(key, 0x9e3779b1) >>> 20;
  for (let there = keys[slot]; there !== 0 && there !== key; there = keys[slot]) slot = (slot + 1) % slots;
  return slot;
}

/** The words by their first four bytes. */
function tableOf(folded: readonly Uint8Array[]): {
  readonly keys: Int32Array;
  readonly starting: readonly (readonly number[])[];
} {
  const keys = new Int32Array(slots);
  const starting: number[][] = Array.from({ length: slots }, () => []);
  for (const [index, [first = 0, second = 0, third = 0, fourth = 0]] of folded.entries()) {
    const key = keyOf(first, second, third, fourth);
    const slot = slotOf(keys, key);
    keys[slot] = key;
    starting[slot]?.push(index);
  }
  return { keys, starting };
}

function standsAt(word: Uint8Array, bytes: Uint8Array, at: number): boolean {
  if (at + word.length > bytes.length) return false;
  for (let index = shortest; index < word.length; index += 1) {
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
