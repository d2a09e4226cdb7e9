import type { Carrier } from "../carrier.ts";
import { collectSites } from "../collect-sites.ts";
import { logicalLines } from "../lines/logical-lines.ts";
import { buildText, cut, fixed, type MappedText } from "../mapped-text.ts";
import { maskMapped } from "../mask-templates.ts";

/** A justfile: each line of a recipe is a script of its own, a recipe that begins with `#!` is one. `{{name}}` is a variable's value. */
export const readJustfile: Carrier = (source, _path, ports) => {
  const sites = collectSites(source, ports, { marks: "hash" });
  const variables = new Map<string, string>();
  const recipes: MappedText[][] = [];
  for (const line of logicalLines(source)) {
    const set = /^(?:export\s+)?([\w-]+)\s*:=\s*(["'])(.*)\2\s*$/.exec(line.text);
    if (set?.[1] !== undefined) variables.set(set[1], set[3] ?? "");
    else if (/^\S/.test(line.text)) recipes.push([]);
    else if (line.text.trim() !== "") recipes.at(-1)?.push(line);
  }
  for (const recipe of recipes) {
    const isScript = recipe[0]?.text.trim().startsWith("#!") === true;
    if (isScript && !/^\s*#!.*sh\b/.test(recipe[0]?.text ?? "")) continue;
    if (isScript) {
      const builder = buildText();
      for (const line of recipe) builder.addMapped(withoutIndent(line));
      sites.script(maskMapped(putIn(builder.done(), variables)));
    } else {
      for (const line of recipe) sites.script(maskMapped(putIn(withoutIndent(line), variables)));
    }
  }
  return sites.result();
};

const withoutIndent = (line: MappedText) => cut(line, /^[\s@-]*/.exec(line.text)?.[0].length ?? 0, Infinity);

function putIn(text: MappedText, variables: ReadonlyMap<string, string>): MappedText {
  const builder = buildText();
  let done = 0;
  for (const use of text.text.matchAll(/\{\{\s*([\w-]+)\s*\}\}/g)) {
    const value = variables.get(use[1] ?? "");
    if (value === undefined) continue;
    builder.addMapped(text, done, use.index);
    const place = cut(text, use.index, use.index + 1).spans[0]?.at ?? 0;
    builder.addMapped(fixed(value, place));
    done = use.index + use[0].length;
  }
  builder.addMapped(text, done);
  return builder.done();
}
