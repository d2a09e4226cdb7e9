import { buildText, cut, type MappedText } from "./mapped-text.ts";

const escapes: Record<string, string> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f" };

/** The strings of a JSON list of strings, each with its place. Null when the text is none. */
export function readJsonList(text: MappedText): readonly MappedText[] | null {
  const source = text.text;
  const open = /^\s*\[/.exec(source);
  if (open === null) return null;
  const words: MappedText[] = [];
  const item = /[\s\\]*("(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*')[\s\\]*(,|\])/y;
  item.lastIndex = open[0].length;
  for (;;) {
    const match = item.exec(source);
    if (match?.[1] === undefined) return words.length === 0 && /^\s*\[\s*\]/.test(source) ? [] : null;
    const from = match.index + match[0].indexOf(match[1]) + 1;
    words.push(unescapeJson(cut(text, from, from + match[1].length - 2)));
    if (match[2] === "]") return words;
  }
}

/** The inside of a JSON string, escapes resolved. */
export function unescapeJson(text: MappedText): MappedText {
  if (!text.text.includes("\\")) return text;
  const builder = buildText();
  let done = 0;
  for (const escape of text.text.matchAll(/\\(?:u([0-9A-Fa-f]{4})|([^]))/g)) {
    builder.addMapped(text, done, escape.index);
    const place = cut(text, escape.index, escape.index + 1).spans[0]?.at ?? 0;
    const code = escape[1];
    const char = escape[2] ?? "";
    builder.addFixed(
      code === undefined ? (escapes[char] ?? char) : String.fromCharCode(Number.parseInt(code, 16)),
      place,
    );
    done = escape.index + escape[0].length;
  }
  builder.addMapped(text, done);
  return builder.done();
}
