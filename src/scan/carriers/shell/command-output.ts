import { hole } from "../../../destruction/destruction.ts";
import { buildText, cut, replaceText, type MappedText } from "../mapped-text.ts";

/** What a command writes, as far as it is known. */
export interface Output {
  readonly text: MappedText;
  /** False where it is only what it may write: what a filter was given, SQL that a query makes. */
  readonly isExact: boolean;
  /** Queries whose answers may be in it. */
  readonly queries: readonly MappedText[];
}

export const exactly = (text: MappedText): Output => ({ text, isExact: true, queries: [] });

/** One after the other. */
export function joinOutputs(outputs: readonly Output[]): Output | null {
  if (outputs.length === 0) return null;
  return {
    text: concat(outputs.map(({ text }) => text)),
    isExact: outputs.every(({ isExact }) => isExact),
    queries: outputs.flatMap(({ queries }) => queries),
  };
}

/** Programs that write what they read, or some of it; the second ones may write more. */
const filters: ReadonlySet<string> = new Set(
  "grep egrep fgrep rg tr envsubst head tail sort uniq pv iconv dos2unix fold fmt sponge cut column nl ts".split(
    " ",
  ),
);
const editors: ReadonlySet<string> = new Set("sed gsed awk gawk mawk perl j2 jinja2 mustache".split(" "));

/** What a simple command writes, by its fields and what it reads. Null when nobody can tell. */
export function readOutput(words: readonly MappedText[], input: Output | null): Output | null {
  const fields = withoutSudo(words);
  const [program, ...rest] = fields;
  if (program === undefined) return null;
  const name = program.text.slice(program.text.lastIndexOf("/") + 1);
  switch (name) {
    case "echo":
    case "print":
    case "Write-Output":
      return exactly(echo(rest));
    case "printf":
      return exactly(printf(rest));
    case "cat":
      return rest.every(({ text }) => text.startsWith("-")) || rest.some(({ text }) => text === "-")
        ? input
        : null;
    case "tee":
      return input;
    default: {
      if (filters.has(name)) return inexact(input);
      const made = readMade(fields, input);
      if (!editors.has(name)) return made;
      if (input === null || made === null) return made ?? inexact(input);
      return joinOutputs([input, made]);
    }
  }
}

const inexact = (output: Output | null): Output | null => output && { ...output, isExact: false };

export function concat(texts: readonly MappedText[]): MappedText {
  const builder = buildText();
  for (const text of texts) builder.addMapped(text);
  return builder.done();
}

/** `\n` of `echo -e` and printf becomes a line feed; as long as it was, so that every place stays. */
const breakLines = (text: MappedText): MappedText =>
  text.text.includes("\\n")
    ? replaceText(text, text.text.replaceAll("\\n", " \n").replaceAll("\\t", "  "))
    : text;

function echo(words: readonly MappedText[]): MappedText {
  const builder = buildText();
  const from = words.findIndex(({ text }) => !/^-[neE]+$/.test(text));
  const said = from === -1 ? [] : words.slice(from);
  said.forEach((word, index) => {
    if (index > 0) builder.addFixed(" ", word.spans[0]?.at ?? 0);
    builder.addMapped(breakLines(word));
  });
  builder.addFixed("\n", said.at(-1)?.spans[0]?.at ?? 0);
  return builder.done();
}

/** The format with its arguments put in; it is used again while there are more of them. */
function printf(words: readonly MappedText[]): MappedText {
  const [format, ...given] = words[0]?.text === "--" ? words.slice(1) : words;
  const builder = buildText();
  if (format === undefined) return builder.done();
  const template = breakLines(format);
  let used = 0;
  for (let round = 0; round === 0 || (used < given.length && round < 16); round += 1) {
    const before = used;
    let done = 0;
    for (const verb of template.text.matchAll(/%(?:%|[-0-9.* ]*[a-zA-Z])/g)) {
      builder.addMapped(template, done, verb.index);
      done = verb.index + verb[0].length;
      if (verb[0] === "%%") builder.addMapped(template, verb.index, verb.index + 1);
      else if (given[used] !== undefined) builder.addMapped(breakLines(given[used++] ?? template));
      else if (given.length === 0) builder.addFixed(hole, template.spans[0]?.at ?? 0);
    }
    builder.addMapped(template, done);
    if (used === before) break;
  }
  return builder.done();
}

const destroys = /\b(?:drop|truncate|flushall|flushdb|delete\s+from|dropdb)\b/i;
const madeSql =
  /'(\s{0,200}(?:drop|truncate|delete)\s[^']*)'|"(\s{0,200}(?:drop|truncate|delete)\s[^"]*)"|^(\s{0,200}(?:drop|truncate|delete|dropdb|flush\w+)\b.*)$|[/|,](\s{0,200}(?:drop|truncate|delete)\s[^/|,]*)[/|,]/gims;

/** `sudo -u postgres tee x` is `tee x`. */
export function withoutSudo(words: readonly MappedText[]): readonly MappedText[] {
  if (words[0]?.text !== "sudo") return words;
  let index = 1;
  for (; words[index]?.text.startsWith("-") === true; index += 1) {
    if (/^-\w*[ugU]$/.test(words[index]?.text ?? "")) index += 1;
  }
  return words.slice(index);
}

/** Pieces of SQL that stand in a command which writes SQL: `psql -c "SELECT 'DROP DATABASE ' || …"`, `awk '{print "DROP …"}'`. */
function readMade(fields: readonly MappedText[], input: Output | null): Output | null {
  const builder = buildText();
  const queries = [...fields.slice(1), ...(input === null ? [] : [input.text])].filter(
    ({ text }) => /\bselect\b/i.test(text) && destroys.test(text),
  );
  for (const field of fields.slice(1)) {
    if (!destroys.test(field.text)) continue;
    for (const match of field.text.matchAll(madeSql)) {
      const piece = match[1] ?? match[2] ?? match[3] ?? match[4] ?? "";
      const from = match.index + match[0].indexOf(piece);
      const text = cut(field, from, from + piece.length);
      builder.addMapped(
        replaceText(text, text.text.replaceAll(/%[sIL]/g, ` ${hole}`).replaceAll(/\$\d/g, ` ${hole}`)),
      );
      const end = field.spans[0]?.at ?? 0;
      builder.addFixed(/;\s*$/.test(piece) ? "\n" : `${/\s$/.test(piece) ? hole : ""};\n`, end);
    }
  }
  if (builder.length === 0 && queries.length === 0) return null;
  return { text: builder.done(), isExact: false, queries };
}
