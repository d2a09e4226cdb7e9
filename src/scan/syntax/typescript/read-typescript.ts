import type { ts } from "ts-morph";
import type { FileSyntax, Statement } from "../syntax.ts";
import { findAllowances } from "./find-allowances.ts";
import { readBound } from "./objects.ts";
import { other, run, startOf } from "./reading.ts";
import type { Compiler, OpenFunction, Reading } from "./reading.ts";
import { scriptOf } from "./script-of.ts";
import { createTable } from "./table.ts";
import type { Lower } from "./table.ts";

/** The table of a compiler is made once. */
let made: { readonly compiler: Compiler; readonly lower: Lower } | undefined;

/**
 * The syntax of one file of TypeScript or JavaScript, of a component (`.vue`, `.svelte`, `.astro`) that of its scripts. Never throws: a
 * file that is nested too deep to be read is given as one error at its start.
 *
 * Beside what syntax.ts says:
 * - What CommonJS exports is set under the name that other files use (`exports.drop = …` sets `drop`); the whole of a module,
 *   `module.exports` or `export default`, as `default`. What is given on from another module is an import.
 * - `this` in what is static is the class. What fields hold is set in the constructor, one of its own where none is written.
 * - A value that is taken apart is kept under a name that begins with `#`, so that what makes it is there once.
 * - A function literal that a call wraps, `const drop = guard(async () => …)`, bears the name that the call is bound to.
 * - An object with methods that a function returns has them with the function's name as their owner.
 * - A callback of `forEach`, `map` and the like sets its parameter to an element of the list.
 */
export function readTypeScript(source: string, path: string, compiler: Compiler): FileSyntax {
  const script = scriptOf(source, path, compiler);
  const language = script.isTypeScript ? "typescript" : "javascript";
  const empty = { language, package: null, imports: [], functions: [], types: [], comments: [] } as const;
  if (script.text === null) return { ...empty, functions: [fileFunction(source)], errors: [] };
  try {
    return read(script.text, path, script.kind, language, compiler);
  } catch (error) {
    // Out of stack: the parser and the reader go as deep as the source does.
    if (!(error instanceof RangeError)) throw error;
    // What the parser knew of the file that it broke off is forgotten at the end of the next.
    compiler.createSourceFile("", "", compiler.ScriptTarget.ESNext);
    return { ...empty, functions: [fileFunction(source)], errors: [0] };
  }
}

function read(
  source: string,
  path: string,
  scriptKind: ts.ScriptKind,
  language: "typescript" | "javascript",
  compiler: Compiler,
): FileSyntax {
  const file = compiler.createSourceFile(
    path,
    source,
    {
      languageVersion: compiler.ScriptTarget.ESNext,
      jsDocParsingMode: compiler.JSDocParsingMode.ParseNone,
    },
    false,
    scriptKind,
  );
  if (made?.compiler !== compiler) made = { compiler, lower: createTable(compiler) };
  const { lower } = made;
  const whole = fileFunction(source);
  const reading: Reading = {
    compiler,
    source,
    file,
    functions: [whole],
    types: [],
    imports: [],
    exported: new Set(),
    hidden: new Set(),
    into: whole,
    index: 0,
    self: "this",
    generics: new Map(),
    space: null,
    expression: (node) => lower(node, reading) ?? other(startOf(reading, node)),
    statement: (node) => {
      const value = lower(node, reading);
      if (value !== null) run(reading, value);
    },
    bound: (node, binding) => readBound(reading, node, binding),
  };
  for (const statement of file.statements) reading.statement(statement);
  return {
    language,
    package: null,
    imports: reading.imports,
    functions: reading.functions.map((found, index) => markExported(found, index, reading)),
    types: reading.types,
    comments: findAllowances(file, source, compiler),
    errors: errorsOf(file),
  };
}

function fileFunction(source: string): OpenFunction {
  return {
    name: null,
    owner: null,
    qualified: "",
    parent: null,
    params: [],
    returns: null,
    isExported: false,
    marks: [],
    at: 0,
    end: source.length,
    body: [],
  };
}

/** What is exported after it was declared (`export { drop }`, `module.exports = { drop }`) is known at the end. */
function markExported(found: OpenFunction, index: number, { exported, hidden }: Reading): OpenFunction {
  if (index === 0) return { ...found, body: found.body.map((statement) => markSet(statement, exported)) };
  const isExported =
    !hidden.has(index) &&
    (found.isExported ||
      (found.name !== null && found.parent === 0 && exported.has(rootOf(found.qualified))));
  return isExported === found.isExported ? found : { ...found, isExported };
}

function markSet(statement: Statement, exported: ReadonlySet<string>): Statement {
  if (statement.do !== "set" || statement.isExported || statement.target === null) return statement;
  return exported.has(rootOf(statement.target)) ? { ...statement, isExported: true } : statement;
}

function rootOf(path: string): string {
  const dot = path.indexOf(".");
  return dot === -1 ? path : path.slice(0, dot);
}

/** What TypeScript forbids and every browser runs: octal numbers and escapes, `010`, `"\1"`, `"\8"`, `08`. */
const sloppy: ReadonlySet<unknown> = new Set([1121, 1487, 1488, 1489]);

/** Where the parser found no syntax. The compiler keeps it on the file, in a field that its types do not show. */
function errorsOf(file: ts.SourceFile): readonly number[] {
  if (!("parseDiagnostics" in file) || !Array.isArray(file.parseDiagnostics)) return [];
  const found: readonly unknown[] = file.parseDiagnostics;
  return found.flatMap((one) =>
    typeof one === "object" &&
    one !== null &&
    "start" in one &&
    typeof one.start === "number" &&
    !("code" in one && sloppy.has(one.code))
      ? [one.start]
      : [],
  );
}
