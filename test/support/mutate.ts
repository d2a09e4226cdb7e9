/** A generator of numbers in [0, 1) that a seed decides (mulberry32, 32 bits of state). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const odd = [
  ...Array.from({ length: 0x60 }, (_, at) => String.fromCodePoint(0x20 + at)).filter(
    (each) => !/[a-z0-9]/i.test(each),
  ),
  "\0",
  "\t",
  "\r\n",
  "\v",
  "\u00a0",
  "\u2028",
  "\ufeff",
  // Half of a pair.
  "\ud800",
  "\udc00",
  "\u{1f4a5}",
  '"""',
  "'''",
  "${",
  "#{",
  "%(",
  "<<EOF\n",
  "<<~SQL\n",
  "/*",
  "*/",
  "//",
  "--",
  "?>",
  "<?php ",
  "{{",
  "}}",
  "$$",
  "\\\n",
  'R"(',
  'r#"',
  '@"',
  "=> ",
  "DROP DATABASE ",
  "drop role x;",
  "FLUSHALL",
  " + ",
  "\u0000".repeat(40),
  "(".repeat(300),
  "[".repeat(300),
  "{".repeat(300),
  "- ".repeat(200),
  '" + "'.repeat(300),
  ".a()".repeat(300),
] as const;

/** Cuts, doubles, swaps and inserts, one to four times: what an editor, a merge or a crash leaves. */
export function mutate(source: string, random: () => number): string {
  let text = source;
  const upTo = (count: number): number => Math.floor(random() * count);
  for (let left = 1 + upTo(4); left > 0; left -= 1) {
    const from = upTo(text.length + 1);
    // Mostly small pieces: they leave something that nearly parses.
    const to = Math.min(text.length, from + (random() < 0.7 ? upTo(12) : upTo(400)));
    const piece = text.slice(from, to);
    switch (upTo(6)) {
      case 0:
        text = text.slice(0, from) + text.slice(to);
        break;
      case 1:
        text = text.slice(0, to) + piece.repeat(1 + upTo(random() < 0.1 ? 200 : 3)) + text.slice(to);
        break;
      case 2: {
        const at = upTo(text.length - piece.length + 1);
        const without = text.slice(0, from) + text.slice(to);
        text = without.slice(0, at) + piece + without.slice(at);
        break;
      }
      case 3:
        text = text.slice(0, from) + (odd[upTo(odd.length)] ?? "") + text.slice(from);
        break;
      case 4:
        text = text.slice(0, from) + (odd[upTo(odd.length)] ?? "") + text.slice(to);
        break;
      default:
        if (random() < 0.3) text = text.slice(0, from);
    }
  }
  return text;
}
