import type { Node } from "web-tree-sitter";
import { buildText, type MappedText } from "../mapped-text.ts";
import type { ShellPart, ShellStatement, ShellWord } from "./script.ts";

/** Reads the statements below a node: what a word holds of them is `$(…)`. */
export type ReadBody = (node: Node) => readonly ShellStatement[];

/** One word of the syntax tree, quotes and escapes resolved; what is not known stays as parts. */
export function readWord(node: Node, source: string, readBody: ReadBody): ShellWord {
  const parts: ShellPart[] = [];
  readParts(node, source, false, parts, readBody);
  return { parts, at: node.startIndex };
}

function readParts(
  node: Node,
  source: string,
  isQuoted: boolean,
  parts: ShellPart[],
  readBody: ReadBody,
): void {
  const from = node.startIndex;
  const to = node.endIndex;
  switch (node.type) {
    case "concatenation":
    case "command_name":
      readAll(node, source, from, to, "word", isQuoted, parts, readBody);
      return;
    case "string":
      readAll(node, source, from + 1, to - (source[to - 1] === '"' ? 1 : 0), "string", true, parts, readBody);
      return;
    case "translated_string":
      for (const child of node.namedChildren)
        if (child !== null) readParts(child, source, true, parts, readBody);
      return;
    case "raw_string":
      addText(resolve(source, from + 1, to - 1, "raw"), true, parts);
      return;
    case "ansi_c_string":
      addText(resolve(source, from + 2, to - 1, "ansi"), true, parts);
      return;
    case "simple_expansion": {
      const name = source.slice(from + 1, to);
      parts.push({ is: "variable", name, fallback: null, isQuoted, at: from });
      return;
    }
    case "expansion":
      parts.push(readExpansion(node, source, isQuoted, readBody));
      return;
    case "command_substitution":
    case "process_substitution":
      parts.push({
        is: "output",
        body: readBody(node),
        isFile: node.type === "process_substitution",
        isQuoted,
        at: from,
      });
      return;
    case "arithmetic_expansion":
      parts.push({ is: "unknown", at: from });
      return;
    default:
      if (node.namedChildCount > 0) readAll(node, source, from, to, "word", isQuoted, parts, readBody);
      else addText(resolve(source, from, to, "word"), isQuoted, parts);
  }
}

const expansions: ReadonlySet<string> = new Set([
  "simple_expansion",
  "expansion",
  "command_substitution",
  "process_substitution",
  "arithmetic_expansion",
]);

/** The children that mean something, and all of the text between them: the grammar leaves out pieces of it. */
function readAll(
  node: Node,
  source: string,
  from: number,
  to: number,
  quoting: Quoting,
  isQuoted: boolean,
  parts: ShellPart[],
  readBody: ReadBody,
): void {
  let done = from;
  const readBetween = (until: number) => {
    const begin = done;
    if (quoting === "heredoc" || quoting === "indented") {
      // The grammar takes no parameter of a here-document for one.
      for (const { index, 1: name = "" } of source.slice(done, until).matchAll(/(?<![\\$])\$([\d@*])/g)) {
        const at = begin + index;
        if (at > done) addText(resolve(source, done, at, quoting), isQuoted, parts);
        parts.push({ is: "variable", name, fallback: null, isQuoted, at });
        done = at + 2;
      }
    }
    if (until > done) addText(resolve(source, done, until, quoting), isQuoted, parts);
  };
  for (const child of node.namedChildren) {
    if (child === null || child.startIndex < done || child.endIndex > to) continue;
    if (quoting !== "word" && !expansions.has(child.type)) continue;
    readBetween(child.startIndex);
    readParts(child, source, isQuoted, parts, readBody);
    done = child.endIndex;
  }
  readBetween(to);
}

/** The text of a here-document from `from` to `to`; `isRaw` when its delimiter is quoted. `indented` for `<<-`. */
export function readHeredoc(
  body: Node,
  source: string,
  to: number,
  form: { readonly isRaw: boolean; readonly isIndented: boolean },
  readBody: ReadBody,
): ShellWord {
  const parts: ShellPart[] = [];
  // The body's node begins after the first line's tabs.
  const from = source.lastIndexOf("\n", body.startIndex - 1) + 1;
  const quoting = form.isIndented
    ? form.isRaw
      ? "raw-indented"
      : "indented"
    : form.isRaw
      ? "raw"
      : "heredoc";
  readAll(body, source, from, to, quoting, true, parts, readBody);
  return { parts, at: from };
}

function readExpansion(node: Node, source: string, isQuoted: boolean, readBody: ReadBody): ShellPart {
  const text = source.slice(node.startIndex + 2, node.endIndex - 1);
  const at = node.startIndex;
  const plain = /^(?:[A-Za-z_]\w*|\d+|[@*])(?:\[[@*]\])?$/.exec(text);
  if (plain !== null)
    return { is: "variable", name: text.replace(/\[[@*]\]$/, "[@]"), fallback: null, isQuoted, at };
  const defaulted = /^([A-Za-z_]\w*|\d+)(?::?[-=?])/.exec(text);
  if (defaulted?.[1] === undefined) return { is: "unknown", at };
  const parts: ShellPart[] = [];
  const start = node.startIndex + 2 + defaulted[0].length;
  if (!defaulted[0].endsWith("?")) {
    readAll(node, source, start, node.endIndex - 1, "word", isQuoted, parts, readBody);
  }
  const fallback = parts.length === 0 ? null : { parts, at: start };
  return { is: "variable", name: defaulted[1], fallback, isQuoted, at };
}

function addText(text: MappedText, isQuoted: boolean, parts: ShellPart[]): void {
  if (text.text !== "" || isQuoted) parts.push({ is: "text", text, isQuoted });
}

/** How backslashes are read. */
type Quoting = "word" | "string" | "raw" | "ansi" | "heredoc" | "indented" | "raw-indented";

const escapes: Record<string, string> = {
  n: "\n",
  t: "\t",
  r: "\r",
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\u0007",
  e: "\u001B",
};

/** The text of `source` from `from` to `to` as the shell reads it. */
export function resolve(source: string, from: number, to: number, quoting: Quoting): MappedText {
  const builder = buildText();
  const isIndented = quoting === "indented" || quoting === "raw-indented";
  const isRaw = quoting === "raw" || quoting === "raw-indented";
  let done = from;
  const flush = (until: number) => {
    if (until > done) builder.add(source.slice(done, until), done);
  };
  for (let index = from; index < to; index += 1) {
    const char = source[index];
    if (
      isIndented &&
      char === "\t" &&
      (index === 0 ||
        source[index - 1] === "\n" ||
        (index === done && index > from && source[index - 1] === "\t"))
    ) {
      flush(index);
      done = index + 1;
      continue;
    }
    if (char !== "\\" || isRaw || index + 1 >= to) continue;
    const next = source[index + 1] ?? "";
    if (quoting === "ansi") {
      const code = /^(?:x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|([0-7]{1,3}))/.exec(
        source.slice(index + 1, Math.min(to, index + 6)),
      );
      flush(index);
      if (code !== null) {
        const point =
          code[3] === undefined
            ? Number.parseInt(code[1] ?? code[2] ?? "0", 16)
            : Number.parseInt(code[3], 8);
        builder.addFixed(String.fromCharCode(point), index);
        index += code[0].length;
      } else {
        builder.addFixed(escapes[next] ?? `\\${next}`, index);
        index += 1;
      }
      done = index + 1;
      continue;
    }
    const isEscape = quoting === "word" || "$`\\\n".includes(next) || (quoting === "string" && next === '"');
    if (!isEscape) {
      index += 1;
      continue;
    }
    flush(index);
    // A line that goes on loses its end.
    const isContinued = next === "\n" || (next === "\r" && source[index + 2] === "\n");
    done = isContinued ? index + (next === "\r" ? 3 : 2) : index + 1;
    index += isContinued && next === "\r" ? 2 : 1;
  }
  flush(to);
  return builder.done();
}
