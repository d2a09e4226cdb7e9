import { emptyText, sequence, unknownText } from "./folded.ts";
import type { Folded } from "./folded.ts";
import { hole } from "../../destruction/destruction.ts";

/** What the values of a format are, by position and by name. */
export interface FormatValues {
  readonly positional: readonly (readonly Folded[])[];
  readonly named: ReadonlyMap<string, readonly Folded[]>;
}

/** `%s`, `%-5d`, `%[1]s`, `%1$s`, `%(name)s`, `%{name}`, `%<name>s`, `%v`, `%q`, `%I`, `%%`. */
const printfPart =
  /%(?:%|\((\w+)\)[-+ #0-9.*]*[a-zA-Z]|\{(\w+)\}|<(\w+)>[-+ #0-9.*]*[a-zA-Z]|(?:\[(\d+)\]|(\d+)\$)?[-+ #0-9.*]*(?:hh?|ll?|[zjtL])?([a-zA-Z]))/g;
/** `{}`, `{0}`, `{name}`, `{name:>5}`, `{{`, `}}`. */
const bracePart = /\{\{|\}\}|\{([^{}:!,]*)(?:[,:!][^{}]*)?\}/g;

/** Puts values into the places of a template; a place without a value is a hole. */
export function formatText(
  template: Folded,
  style: "printf" | "brace",
  values: FormatValues,
): readonly Folded[] {
  const parts: (readonly Folded[])[] = [];
  let from = 0;
  let next = 0;
  // The holes of the template itself follow one another over its pieces.
  let holes = 0;
  const piece = (text: string): Folded => {
    const count = text.split(hole).length - 1;
    const taken = template.holes.slice(holes, holes + count);
    holes += count;
    return { text, origins: template.origins, literals: 0, holes: taken };
  };
  for (const match of template.text.matchAll(style === "printf" ? printfPart : bracePart)) {
    parts.push([piece(template.text.slice(from, match.index))]);
    from = match.index + match[0].length;
    if (match[0] === "%%" || match[0] === "{{" || match[0] === "}}") {
      parts.push([{ ...emptyText, text: match[0].slice(1) }]);
      continue;
    }
    const name = style === "printf" ? (match[1] ?? match[2] ?? match[3]) : match[1]?.trim();
    const position = style === "printf" ? (match[4] ?? match[5]) : undefined;
    parts.push(valueFor(values, name, position, () => next++));
  }
  parts.push([piece(template.text.slice(from))]);
  return sequence(parts);
}

function valueFor(
  values: FormatValues,
  name: string | undefined,
  position: string | undefined,
  takeNext: () => number,
): readonly Folded[] {
  if (position !== undefined) return values.positional[Number(position) - 1] ?? [unknownText];
  if (name !== undefined && name !== "") {
    if (/^\d+$/.test(name)) return values.positional[Number(name)] ?? [unknownText];
    return values.named.get(name) ?? [unknownText];
  }
  return values.positional[takeNext()] ?? [unknownText];
}

/** Joins what a list holds, as `join` of every language does. */
export function joinTexts(
  items: readonly (readonly Folded[])[],
  separators: readonly Folded[],
): readonly Folded[] {
  return separators.slice(0, 2).flatMap((separator) => sequence(items, separator));
}
