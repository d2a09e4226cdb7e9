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
  /** The literals that it was put together from; of very many, the first. */
  readonly origins: ReadonlySet<Origin>;
  /** How many literals it was put together from, each as often as it stands in it. */
  readonly literals: number;
  /** For each hole, in order, the parameter that fills it; null for anything else. */
  readonly holes: readonly (ParameterPlace | null)[];
}

/** An expression has at most this many values; the rest of them are a hole. */
export const mostValues = 24;
const longestText = 1 << 20;
/** A text that doubles itself (`q = q + q`) holds few literals very often: it is followed up to this length, and this often. */
const longestRepeated = 1 << 11;
const mostRepeated = 300;

/** A text of more holes than these says nothing. */
const mostHoles = 2000;

const noOrigins: ReadonlySet<Origin> = new Set();

export const unknownText: Folded = { text: hole, origins: noOrigins, literals: 0, holes: [null] };
export const emptyText: Folded = { text: "", origins: noOrigins, literals: 0, holes: [] };

export function plain(text: string): Folded {
  return { text, origins: noOrigins, literals: 0, holes: [] };
}

export function literal(text: string, origin: Origin): Folded {
  // A hole's character in a source is no hole.
  return { text: text.replaceAll(hole, "\uFFFD"), origins: new Set([origin]), literals: 1, holes: [] };
}

export function parameter(place: ParameterPlace): Folded {
  return { text: hole, origins: noOrigins, literals: 0, holes: [place] };
}

/** One after the other. */
export function append(a: Folded, b: Folded): Folded {
  if (a.text === "" && a.origins.size === 0) return b;
  if (b.text === "" && b.origins.size === 0) return a;
  const length = a.text.length + b.text.length;
  const origins = unionOfFew(a.origins, b.origins);
  const literals = a.literals + b.literals;
  const isTooOften =
    length > longestRepeated && origins.size < mostOrigins && literals > mostRepeated + 4 * origins.size;
  const isMostlyUnknown = a.holes.length + b.holes.length > mostHoles;
  if (length > longestText || isTooOften || isMostlyUnknown) return { ...unknownText, origins, literals };
  const holes = b.holes.length === 0 ? a.holes : [...a.holes, ...b.holes];
  return { text: a.text + b.text, origins, literals, holes };
}

/** A text put together from more literals than these is known by the first of them. */
const mostOrigins = 400;

function unionOfFew(a: ReadonlySet<Origin>, b: ReadonlySet<Origin>): ReadonlySet<Origin> {
  return a.size >= mostOrigins ? a : union(a, b);
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
  let sure: Folded[] = [];
  for (const [index, list] of lists.entries()) {
    if (index > 0) sure.push(separator);
    const [only = unknownText, ...others] = list;
    if (others.length === 0) {
      sure.push(only);
      continue;
    }
    const next: Folded[] = [];
    for (const head of endedBy(texts, sure)) {
      for (const tail of list) if (next.length < mostValues) next.push(append(head, tail));
    }
    texts = next;
    sure = [];
  }
  return endedBy(texts, sure);
}

/** Texts, each with the same parts behind it, of which there may be thousands. */
function endedBy(texts: readonly Folded[], parts: readonly Folded[]): readonly Folded[] {
  if (parts.length < fewParts)
    return texts.map((text) => parts.reduce((before, each) => append(before, each), text));
  const middle = parts.length >> 1;
  const [end = emptyText] = endedBy(endedBy([emptyText], parts.slice(0, middle)), parts.slice(middle));
  return texts.map((text) => append(text, end));
}
/** So many are put behind one another at once. */
const fewParts = 8;

/** The same text with its letters changed; holes stay. */
export function mapText(folded: Folded, change: (text: string) => string): Folded {
  const text = change(folded.text);
  return text.split(hole).length === folded.text.split(hole).length ? { ...folded, text } : folded;
}

/** Whether a text holds few literals, each many times. */
export function isRepeated({ literals, origins }: Folded): boolean {
  return literals > 60 && literals > 12 * origins.size && origins.size < mostOrigins;
}

/** Whether nothing is known of a text. */
export function isUnknown({ text }: Folded): boolean {
  return text === hole;
}
