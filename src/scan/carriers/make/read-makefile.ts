import type { Carrier } from "../carrier.ts";
import { collectSites } from "../collect-sites.ts";
import { logicalLines } from "../lines/logical-lines.ts";
import { buildText, cut, type MappedText } from "../mapped-text.ts";
import { expandMake } from "./expand-make.ts";

const assignment = /^(?:export\s+|override\s+|private\s+)*([\w.-]+)\s*(\?=|::?:?=|\+=|!=|=)[ \t]*/;
const targetAssignment = /^[^\t#=:]+:\s*(?:export\s+)?([\w.-]+)\s*(?:\?=|::?=|\+=|=)[ \t]*/;
const directive =
  /^\s*(?:if(?:eq|neq|def|ndef)|else|endif|-?include|sinclude|export|unexport|undefine|vpath)\b/;

/** A Makefile: each line of a recipe is a script of its own, with make's variables put in; all of it one with .ONESHELL. */
export const readMakefile: Carrier = (source, _path, ports) => {
  const sites = collectSites(source, ports, { marks: "hash" });
  const { variables, recipes } = readRules(source);
  const isOneShell = /^\.ONESHELL\s*:/m.test(source);
  for (const recipe of recipes) {
    if (isOneShell) {
      const builder = buildText();
      for (const line of recipe) builder.addMapped(withoutPrefix(line));
      sites.script(expandMake(builder.done(), variables));
    } else {
      for (const line of recipe) sites.script(expandMake(withoutPrefix(line), variables));
    }
  }
  return sites.result();
};

function readRules(source: string): {
  readonly variables: ReadonlyMap<string, MappedText>;
  readonly recipes: readonly (readonly MappedText[])[];
} {
  const prefix = /^\.RECIPEPREFIX\s*:?=\s*(\S)/m.exec(source)?.[1] ?? "\t";
  const variables = new Map<string, MappedText>();
  const recipes: MappedText[][] = [];
  let canned: { readonly name: string; readonly builder: ReturnType<typeof buildText> } | null = null;
  for (const line of logicalLines(source)) {
    const { text } = line;
    if (canned !== null) {
      if (/^\s*endef\b/.test(text)) {
        variables.set(canned.name, canned.builder.done());
        canned = null;
      } else {
        canned.builder.addMapped(withoutPrefix(line));
      }
      continue;
    }
    const define = /^\s*define\s+([\w.-]+)/.exec(text);
    if (define?.[1] !== undefined) {
      canned = { name: define[1], builder: buildText() };
      continue;
    }
    if (text.startsWith(prefix)) {
      recipes.at(-1)?.push(cut(line, 1, Infinity));
      continue;
    }
    if (/^\s*(?:#|$)/.test(text) || directive.test(text)) continue;
    const set = assignment.exec(text) ?? targetAssignment.exec(text);
    if (set?.[1] !== undefined) {
      keep(set[1], set[2] ?? "=", trimmed(cut(line, set[0].length, Infinity)), variables);
      continue;
    }
    if (!text.includes(":")) continue;
    const inline = text.indexOf(";");
    recipes.push(inline === -1 ? [] : [cut(line, inline + 1, Infinity)]);
  }
  return { variables, recipes };
}

function keep(name: string, operator: string, value: MappedText, variables: Map<string, MappedText>): void {
  const before = variables.get(name);
  if (operator === "+=" && before !== undefined) {
    const builder = buildText();
    builder.addMapped(before);
    builder.addFixed(" ", value.spans[0]?.at ?? 0);
    builder.addMapped(value);
    variables.set(name, builder.done());
    return;
  }
  if (operator !== "!=") variables.set(name, value);
}

/** Without a comment, and the white space at its end. */
function trimmed(text: MappedText): MappedText {
  const comment = /(?<!\\)#/.exec(text.text)?.index ?? text.text.length;
  return cut(text, 0, text.text.slice(0, comment).trimEnd().length);
}

/** `@`, `-` and `+` before a command are make's. */
const withoutPrefix = (line: MappedText) => cut(line, /^[\s@+-]*/.exec(line.text)?.[0].length ?? 0, Infinity);
