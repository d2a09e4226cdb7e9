/**
 * A text that was taken out of a file (unquoted, unescaped, unindented, put together), and where in the file each of its characters
 * stands. Offsets are UTF-16 code units.
 */
export interface MappedText {
  readonly text: string;
  /** By `from`, which is the index in `text`; the first is at 0. Empty only for an empty text. */
  readonly spans: readonly Span[];
}

interface Span {
  readonly from: number;
  /** Where its first character stands. */
  readonly at: number;
  /** Whether all of it stands there: a value that was put in. Else one character follows another. */
  readonly isFixed: boolean;
}

/** Where the character at `index` stands; past the end, what follows the last. */
export function placeOf(mapped: MappedText, index: number): number {
  let low = 0;
  let high = mapped.spans.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((mapped.spans[middle]?.from ?? 0) <= index) low = middle;
    else high = middle - 1;
  }
  const span = mapped.spans[low];
  if (span === undefined) return 0;
  return span.isFixed ? span.at : span.at + (index - span.from);
}

/** A text that stands in its file as it is. */
export function verbatim(text: string, at: number): MappedText {
  return { text, spans: [{ from: 0, at, isFixed: false }] };
}

/** A text that stands for one place. */
export function fixed(text: string, at: number): MappedText {
  return { text, spans: [{ from: 0, at, isFixed: true }] };
}

export interface TextBuilder {
  readonly length: number;
  add(text: string, at: number): void;
  addFixed(text: string, at: number): void;
  addMapped(mapped: MappedText, from?: number, to?: number): void;
  done(): MappedText;
}

/** Puts a text together of parts, each with its place. */
export function buildText(): TextBuilder {
  const texts: string[] = [];
  const spans: Span[] = [];
  let length = 0;
  const add = (text: string, at: number, isFixed: boolean) => {
    if (text === "") return;
    const last = spans.at(-1);
    const follows = last !== undefined && !isFixed && !last.isFixed && last.at + (length - last.from) === at;
    if (!follows) spans.push({ from: length, at, isFixed });
    texts.push(text);
    length += text.length;
  };
  return {
    get length() {
      return length;
    },
    add: (text, at) => {
      add(text, at, false);
    },
    addFixed: (text, at) => {
      add(text, at, true);
    },
    addMapped: (mapped, from = 0, to = mapped.text.length) => {
      mapped.spans.forEach((span, index) => {
        const start = Math.max(span.from, from);
        const end = Math.min(mapped.spans[index + 1]?.from ?? mapped.text.length, to);
        if (start >= end) return;
        add(
          mapped.text.slice(start, end),
          span.isFixed ? span.at : span.at + (start - span.from),
          span.isFixed,
        );
      });
    },
    done: () => ({ text: texts.join(""), spans }),
  };
}

/** The part from `from` to `to`. */
export function cut(mapped: MappedText, from: number, to: number): MappedText {
  const builder = buildText();
  builder.addMapped(mapped, from, to);
  return builder.done();
}

/** Other characters at the same places, one for one. */
export function replaceText(mapped: MappedText, text: string): MappedText {
  return { text, spans: mapped.spans };
}
