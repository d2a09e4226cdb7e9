import { hole } from "../../../destruction/destruction.ts";
import { buildText, cut, fixed, type MappedText, type TextBuilder } from "../mapped-text.ts";
import { valuesOf, type Environment, type ShellValue } from "./environment.ts";
import type { ShellPart, ShellWord } from "./script.ts";

/** Runs what stands in `$(…)` and gives what it writes, when that is known to the letter. */
export type RunBody = (part: Extract<ShellPart, { is: "output" }>) => MappedText | null;

/** What a variable is where nobody set it, by custom. */
const customary: Record<string, string> = { PGDATA: "/var/lib/postgresql/data" };
/** Values longer than this are not followed. */
const longestValue = 1 << 18;

/**
 * Expands words into fields: every combination of what their variables may be, the first values of all together, then the second …
 * A value that a variable puts in stands where the variable stands, one that a parameter puts in where it was written.
 */
export function expandWords(
  words: readonly ShellWord[],
  environment: Environment,
  run: RunBody,
): readonly (readonly MappedText[])[] {
  const outputs = new Map<ShellPart, MappedText | null>();
  const runOnce: RunBody = (part) => {
    if (!outputs.has(part)) outputs.set(part, run(part));
    return outputs.get(part) ?? null;
  };
  let ways = 1;
  for (const word of words) {
    for (const part of word.parts) {
      if (part.is === "variable")
        ways = Math.max(ways, valuesOf(environment.variables, bare(part.name))?.length ?? 1);
    }
  }
  return Array.from({ length: ways }, (_, way) =>
    words.flatMap((word) => expandWord(word, environment, way, runOnce)),
  );
}

const bare = (name: string) => name.replace("[@]", "");

function expandWord(
  word: ShellWord,
  environment: Environment,
  way: number,
  run: RunBody,
): readonly MappedText[] {
  const fields: MappedText[] = [];
  let builder = buildText();
  let isOpen = false;
  const close = () => {
    if (isOpen || builder.length > 0) fields.push(builder.done());
    builder = buildText();
    isOpen = false;
  };
  for (const part of word.parts) {
    if (part.is === "text") {
      builder.addMapped(part.text);
      isOpen ||= part.isQuoted;
      continue;
    }
    if (part.is === "unknown") {
      builder.addFixed(hole, part.at);
      continue;
    }
    const value =
      part.is === "variable"
        ? readVariable(part, environment, way, run)
        : [run(part) ?? fixed(hole, part.at)];
    const keeps = part.is === "output" || /^(?:\d+|[@*])$/.test(part.name);
    const isList = part.is === "variable" && /^@$|\[@\]$/.test(part.name);
    value.forEach((field, index) => {
      if (index > 0 && (isList || !part.isQuoted)) close();
      else if (index > 0) builder.addFixed(" ", part.at);
      const placed = keeps ? field : fixed(field.text, part.at);
      if (part.isQuoted) builder.addMapped(placed);
      else
        splitFields(placed, builder, () => {
          close();
          return builder;
        });
      isOpen ||= part.isQuoted && !(isList && value.length === 0);
    });
    if (value.length === 0 && part.isQuoted && !isList) isOpen = true;
  }
  close();
  return fields;
}

/** What is not quoted is split at white space. */
function splitFields(text: MappedText, builder: TextBuilder, close: () => TextBuilder): void {
  let into = builder;
  for (const piece of text.text.matchAll(/\s+|\S+/g)) {
    if (/^\s/.test(piece[0])) into = close();
    else into.addMapped(cut(text, piece.index, piece.index + piece[0].length));
  }
}

function readVariable(
  part: Extract<ShellPart, { is: "variable" }>,
  environment: Environment,
  way: number,
  run: RunBody,
): ShellValue {
  const { name, at } = part;
  const { parameters } = environment;
  if (name === "@" || name === "*") return parameters ?? [fixed(hole, at)];
  if (/^\d+$/.test(name) && name !== "0") {
    const given = parameters?.[Number(name) - 1];
    if (given !== undefined) return [given];
    if (part.fallback !== null) return [joined(expandWord(part.fallback, environment, way, run), at)];
    return parameters === null ? [fixed(hole, at)] : [];
  }
  const values = valuesOf(environment.variables, bare(name));
  const value = values?.[Math.min(way, values.length - 1)];
  if (value !== undefined && value.every(({ text }) => text.length <= longestValue)) {
    const isEmpty = value.every(({ text }) => text === "");
    if (!isEmpty || part.fallback === null) return name.endsWith("[@]") ? value : value.slice(0, 1);
  }
  if (part.fallback !== null) return [joined(expandWord(part.fallback, environment, way, run), at)];
  return [fixed(customary[name] ?? hole, at)];
}

function joined(fields: readonly MappedText[], at: number): MappedText {
  const builder = buildText();
  fields.forEach((field, index) => {
    if (index > 0) builder.addFixed(" ", at);
    builder.addMapped(field);
  });
  return builder.done();
}

/** Words as one text, as an assignment takes them. */
export function expandText(word: ShellWord, environment: Environment, run: RunBody): readonly MappedText[] {
  return expandWords([quoted(word)], environment, run).map((fields) => joined(fields, word.at));
}

/** Nothing is split in an assignment or a here-document. */
const quoted = (word: ShellWord): ShellWord => ({
  at: word.at,
  parts: word.parts.map((part) => (part.is === "unknown" ? part : { ...part, isQuoted: true })),
});
