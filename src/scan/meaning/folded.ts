import { hole } from "../../destruction/destruction.ts";
import type { Place } from "./program.ts";

/** A literal of the source, by its unit's id and its offset. */
export type Origin = `${number}:${number}`;

/** A parameter whose value stands in a hole. */
export interface ParameterPlace {
  readonly place: Place;
  readonly index: number;
}

/** One text that an expression may be at run time. */
export interface Folded {
  /** With `hole` for each part that is not known. */
  readonly text: string;
  /** The literals that it was put together from. */
  readonly origins: ReadonlySet<Origin>;
  /** For each hole, in order, the parameter that fills it; null for anything else. */
  readonly holes: readonly (ParameterPlace | null)[];
}

/** An expression has at most this many values; the rest of them are a hole. */
export const mostValues = 24;
const longestText = 1 << 20;
/** A text that holds one literal more than once, as what doubles itself does (`q = q + q`), is followed up to this length. */
const longestRepeated = 1 << 11;

const noOrigins: ReadonlySet<Origin> = new Set();

export const unknownText: Folded = { text: hole, origins: noOrigins, holes: [null] };
export const emptyText: Folded = { text: "", origins: noOrigins, holes: [] };

export function plain(text: string): Folded {
  return { text, origins: noOrigins, holes: [] };
}

export function literal(text: string, origin: Origin): Folded {
  // A hole's character in a source is no hole.
  return { text: text.replaceAll(hole, "\uFFFD"), origins: new Set([origin]), holes: [] };
}

export function parameter(place: ParameterPlace): Folded {
  return { text: hole, origins: noOrigins, holes: [place] };
}

/** One after the other. */
export function append(a: Folded, b: Folded): Folded {
  if (a.text === "" && a.origins.size === 0) return b;
  if (b.text === "" && b.origins.size === 0) return a;
  const length = a.text.length + b.text.length;
  if (length > longestText || (length > longestRepeated && !a.origins.isDisjointFrom(b.origins)))
    return { ...unknownText, origins: union(a.origins, b.origins) };
  return { text: a.text + b.text, origins: union(a.origins, b.origins), holes: [...a.holes, ...b.holes] };
}

export function union(a: ReadonlySet<Origin>, b: ReadonlySet<Origin>): ReadonlySet<Origin> {
  if (b.size === 0) return a;
  if (a.size === 0) return b;
  return new Set([...a, ...b]);
}

/** Every way in which one of each list can follow one another. */
export function sequence(
  lists: readonly (readonly Folded[])[],
  separator: Folded = emptyText,
): readonly Folded[] {
  let texts: readonly Folded[] = [emptyText];
  for (const [index, list] of lists.entries()) {
    const before = index === 0 ? texts : texts.map((each) => append(each, separator));
    const next: Folded[] = [];
    for (const head of before) {
      for (const tail of list.length === 0 ? [unknownText] : list) {
        if (next.length < mostValues) next.push(append(head, tail));
      }
    }
    texts = next;
  }
  return texts;
}

/** The same text with its letters changed; holes stay. */
export function mapText(folded: Folded, change: (text: string) => string): Folded {
  const text = change(folded.text);
  return text.split(hole).length === folded.text.split(hole).length ? { ...folded, text } : folded;
}

/** Whether nothing is known of a text. */
export function isUnknown({ text }: Folded): boolean {
  return text === hole;
}
