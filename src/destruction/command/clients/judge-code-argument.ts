import type { SqlParser } from "../../../postgres/parse-sql.ts";
import type { Destruction } from "../../destruction.ts";
import { judgeSql } from "../../sql/judge-sql.ts";
import { programName, within, type Command, type CommandWord } from "../command.ts";
import { readOptions, valuesOf } from "../read-options.ts";

/** Programs that take code as an argument or from their input, by the options or the sub-commands that say so. */
const interpreters: readonly {
  readonly name: RegExp;
  readonly options: readonly string[];
  readonly operand: RegExp | null;
}[] = [
  { name: /^(?:python|pypy)[\d.]*$|^py$/, options: ["-c"], operand: null },
  {
    name: /^(?:node|nodejs|bun|deno|tsx|ts-node)$/,
    options: ["-e", "--eval", "-p", "--print"],
    operand: null,
  },
  { name: /^(?:ruby|perl)$/, options: ["-e"], operand: null },
  { name: /^php$/, options: ["-r"], operand: null },
  { name: /^rails$/, options: [], operand: /^(?:r|runner|c|console)$/ },
  { name: /^artisan$/, options: ["--execute"], operand: /^tinker$/ },
  { name: /^manage\.py$|^flask$|^django-admin$/, options: ["-c", "--command"], operand: /^shell(?:_plus)?$/ },
];
const valued = new Set([
  "-c",
  "-e",
  "--eval",
  "-p",
  "--print",
  "-r",
  "--execute",
  "--command",
  "--environment",
  "-W",
  "-X",
]);

/** A call that runs the literal which it is given. */
const runs =
  /\.?\b(?:\$?executeRaw(?:Unsafe)?|execute\w*|exec|query\w*|statement|unprepared|raw|sql|text|run|prepare|command|do)\b!?\s*\(\s*(?:[a-zA-Z_.]+\(\s*)?[fbr]?("""[^]*?"""|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)/g;
const methods: readonly { readonly pattern: RegExp; readonly kind: "flush" | "mongo-database" }[] = [
  { pattern: /\.(flushall|flushdb|flushAll|flushDb|flushDB)\b/g, kind: "flush" },
  { pattern: /\.(drop_database|dropDatabase)\b/g, kind: "mongo-database" },
];

/**
 * Code in the words or the input of an interpreter (`python -c`, `rails runner`, `node <<EOF`): SQL that a call is given as a literal, and
 * the methods of clients that destroy. Never certain. Null when the program takes none.
 */
export function judgeCodeArgument(command: Command, parse: SqlParser): readonly Destruction[] | null {
  const [program, ...rest] = command.words;
  if (program === undefined) return null;
  const name = programName(program);
  const interpreter = interpreters.find((one) => one.name.test(name));
  if (interpreter === undefined) return null;
  const read = readOptions(rest, valued);
  const [first, ...others] = read.operands;
  if (interpreter.operand !== null && (first === undefined || !interpreter.operand.test(first.text)))
    return null;
  const codes: CommandWord[] = [...valuesOf(read, interpreter.options)];
  if (interpreter.operand !== null) codes.push(...others);
  const readsInput =
    interpreter.operand === null ? first === undefined || first.text === "-" : others.length === 0;
  if (command.input !== null && codes.length === 0 && readsInput) codes.push(command.input);
  return codes.length === 0 ? null : codes.flatMap((code) => within(code, judgeCode(code.text, parse)));
}

function judgeCode(code: string, parse: SqlParser): readonly Destruction[] {
  const found: Destruction[] = [];
  for (const call of code.matchAll(runs)) {
    const literal = call[1] ?? "";
    const quote = literal.startsWith('"""') ? 3 : 1;
    const at = call.index + call[0].length - literal.length + quote;
    const sql = literal.slice(quote, -quote);
    found.push(
      ...judgeSql(sql, parse).map((one) => ({ ...one, at: at + one.at, certainty: "likely" as const })),
    );
  }
  for (const { pattern, kind } of methods) {
    for (const call of code.matchAll(pattern)) {
      found.push({ kind, what: `.${call[1] ?? ""}()`, names: [], at: call.index, certainty: "likely" });
    }
  }
  return found;
}
