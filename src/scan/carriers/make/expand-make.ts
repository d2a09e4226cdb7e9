import { hole } from "../../../destruction/destruction.ts";
import { buildText, cut, fixed, type MappedText } from "../mapped-text.ts";

/** A value longer than this, or put in deeper than that, is not followed. */
const longestValue = 1 << 16;
const deepest = 8;

/**
 * Puts the values of make's variables into a recipe; what is not known is a hole, `$$` the shell's dollar. What a variable puts in stands
 * where the variable is named; `$(call f,a)` puts in what `define f` holds, at its own place.
 */
export function expandMake(
  text: MappedText,
  variables: ReadonlyMap<string, MappedText>,
  depth = 0,
): MappedText {
  const source = text.text;
  if (!source.includes("$")) return text;
  const builder = buildText();
  let done = 0;
  for (let index = source.indexOf("$"); index !== -1; index = source.indexOf("$", done)) {
    builder.addMapped(text, done, index);
    const next = source[index + 1];
    if (next === "$" || next === undefined) {
      builder.addMapped(text, index, index + 1);
      done = index + 2;
      continue;
    }
    const end = next === "(" || next === "{" ? findClose(source, index + 1) : index + 1;
    const name = next === "(" || next === "{" ? source.slice(index + 2, end) : next;
    const at = cut(text, index, index + 1).spans[0]?.at ?? 0;
    builder.addMapped(valueOf(name, at, variables, depth));
    done = end + 1;
  }
  builder.addMapped(text, done);
  return builder.done();
}

function valueOf(
  name: string,
  at: number,
  variables: ReadonlyMap<string, MappedText>,
  depth: number,
): MappedText {
  if (depth >= deepest) return fixed(hole, at);
  const call = /^call\s+([\w.-]+)\s*(?:,([^]*))?$/.exec(name);
  if (call?.[1] !== undefined) {
    const body = variables.get(call[1]);
    if (body === undefined) return fixed(hole, at);
    const given = new Map(variables);
    (call[2] ?? "")
      .split(",")
      .forEach((value, index) => given.set(String(index + 1), fixed(value.trim(), at)));
    return expandMake(body, given, depth + 1);
  }
  // `$(or $(X),shop)`, `$(if …)`, `$(shell …)`: what they give is not known.
  const plain = /^[^\s:,]+$/.exec(name) === null ? undefined : variables.get(name);
  if (plain === undefined || plain.text.length > longestValue) return fixed(hole, at);
  const value = expandMake(plain, variables, depth + 1);
  // A canned recipe is read where it stands.
  return plain.text.includes("\n") ? value : fixed(value.text, at);
}

function findClose(source: string, open: number): number {
  let depth = 0;
  for (let index = open; index < source.length; index += 1) {
    const char = source[index];
    if (char === "(" || char === "{") depth += 1;
    else if (char === ")" || char === "}") depth -= 1;
    if (depth === 0) return index;
  }
  return source.length;
}
