import { hole } from "../../../destruction/destruction.ts";
import { buildText, cut, verbatim, type MappedText } from "../mapped-text.ts";

/** One `name = value` of HCL whose value is a text or a list of texts. */
export interface Attribute {
  readonly name: string;
  readonly texts: readonly MappedText[];
  readonly isList: boolean;
  /** The blocks that it stands in, from the outside: `resource "null_resource" "x"`, `provisioner "local-exec"`. */
  readonly blocks: readonly string[];
}

/** Reads HCL: https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md, as far as texts, lists of them and blocks go. */
export function readAttributes(source: string): readonly Attribute[] {
  const attributes: Attribute[] = [];
  const blocks: string[] = [];
  const token =
    /\/\/[^\n]*|#[^\n]*|\/\*[^]*?\*\/|(?<![\w.-])("?[\w.-]{1,200}"?)[ \t]{0,200}[=:](?!=)[ \t]*|(?<![\w-])([\w-]{1,200}(?:[ \t]{1,20}(?:"[^"\n]{0,400}"|[\w-]{1,200})){0,8})[ \t]{0,20}\{|"(?:[^"\\\n]|\\.)*(?:"|\\?$|\\?(?=\n))|[{}]/g;
  for (let match = token.exec(source); match !== null; match = token.exec(source)) {
    if (match[2] !== undefined) blocks.push(match[2]);
    else if (match[0] === "{") blocks.push("");
    else if (match[0] === "}") blocks.pop();
    if (match[1] === undefined) continue;
    const name = match[1].replaceAll('"', "");
    const value = readValue(source, token.lastIndex);
    if (value === null) continue;
    attributes.push({ name, texts: value.texts, isList: value.isList, blocks: [...blocks] });
    token.lastIndex = Math.max(value.end, token.lastIndex);
  }
  return attributes;
}

interface Value {
  readonly texts: readonly MappedText[];
  readonly isList: boolean;
  readonly end: number;
}

function readValue(source: string, at: number): Value | null {
  const heredoc = /<<(-?)\s*"?(\w+)"?[ \t]*\r?\n/y;
  heredoc.lastIndex = at;
  const open = heredoc.exec(source);
  if (open !== null) {
    const from = at + open[0].length;
    const close = new RegExp(`^[ \\t]*${open[2]}[ \\t]*$`, "m").exec(source.slice(from));
    const to = close === null ? source.length : from + close.index;
    return {
      texts: [fill(cut(verbatim(source, 0), from, to), false)],
      isList: false,
      end: to + (close?.[0].length ?? 0),
    };
  }
  if (source[at] === '"') {
    const end = stringEnd(source, at);
    return { texts: [readString(source, at, end)], isList: false, end };
  }
  if (source[at] !== "[") return null;
  const texts: MappedText[] = [];
  const item = /\s+|,|#[^\n]*|\/\/[^\n]*|(<<-?\s*"?\w+"?[ \t]*\r?\n)|(")|(\])|[^]/gy;
  item.lastIndex = at + 1;
  for (let match = item.exec(source); match !== null; match = item.exec(source)) {
    if (match[3] !== undefined) return { texts, isList: true, end: item.lastIndex };
    if (match[1] !== undefined || match[2] !== undefined) {
      const value = readValue(source, match.index);
      if (value === null) break;
      texts.push(...value.texts);
      item.lastIndex = value.end;
    } else if (/[{}[]/.test(match[0])) {
      // A list of blocks or of lists: what is in it is read as attributes.
      return null;
    }
  }
  return null;
}

/** After the closing quote; quotes within `${…}` do not close. */
function stringEnd(source: string, at: number): number {
  let depth = 0;
  for (let index = at + 1; index < source.length; index += 1) {
    const char = source[index];
    if (char === "\n") return index;
    if (char === "\\") index += 1;
    else if ((char === "$" || char === "%") && source[index + 1] === "{") depth += 1;
    else if (char === "}" && depth > 0) depth -= 1;
    else if (char === '"' && depth === 0) return index + 1;
  }
  return source.length;
}

function readString(source: string, at: number, end: number): MappedText {
  return fill(cut(verbatim(source, 0), at + 1, source[end - 1] === '"' ? end - 1 : end), true);
}

/** `${…}` is a hole, `$${` the shell's own. */
function fill(text: MappedText, hasEscapes: boolean): MappedText {
  const builder = buildText();
  let done = 0;
  const escapes: Record<string, string> = { n: "\n", t: "\t", r: "\r" };
  for (const mark of text.text.matchAll(/\$\$\{|[$%]\{(?:[^{}]|\{[^{}]*\})*\}|\\([^])/g)) {
    const place = cut(text, mark.index, mark.index + 1).spans[0]?.at ?? 0;
    if (mark[1] !== undefined && !hasEscapes) continue;
    builder.addMapped(text, done, mark.index);
    if (mark[1] !== undefined) builder.addFixed(escapes[mark[1]] ?? mark[1], place);
    else if (mark[0] === "$${") builder.addFixed("${", place);
    else if (mark[0].startsWith("$")) builder.addFixed(hole, place);
    done = mark.index + mark[0].length;
  }
  builder.addMapped(text, done);
  return builder.done();
}
