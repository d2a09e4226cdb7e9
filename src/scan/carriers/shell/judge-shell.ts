import type { Tree } from "web-tree-sitter";
import { judgeCommand } from "../../../destruction/command/judge-command.ts";
import { judgeClientSql } from "../../../destruction/command/clients/judge-client-sql.ts";
import { hole, type Destruction } from "../../../destruction/destruction.ts";
import { judgeSqlOutput } from "../../../destruction/sql/judge-sql.ts";
import type { SqlParser } from "../../../postgres/parse-sql.ts";
import { buildText, placeOf, type MappedText } from "../mapped-text.ts";
import { readScript } from "./read-script.ts";
import { runScript, type ShellCommand, type StoredFile } from "./run-script.ts";

/** What a shell script is judged with. */
export interface ShellPorts {
  readonly parseSql: SqlParser;
  /** The syntax tree of a script, which is given back with `delete()`; null when it took too long. */
  readonly parseShell: (script: string) => Tree | null;
}

/** What a script does. Places are offsets in it. */
export interface JudgedScript {
  readonly executed: readonly Destruction[];
  /** What is in the scripts and files of SQL that it writes, and that nothing in it runs. */
  readonly stored: readonly Destruction[];
  readonly functions: readonly { readonly name: string; readonly at: number; readonly end: number }[];
  /** Where the parser did not understand it. */
  readonly errors: readonly number[];
}

/**
 * A word of every command, statement and client's command that destroys: most scripts in a file of YAML and most lines of a Makefile hold
 * none, and are not parsed; and a place that the parser did not understand matters only with one.
 */
const mayDestroy =
  /drop|flush|del|trunc|destroy|purge|reset|wipe|clean|fresh|rever|\brm\b|\brb\b|down|remov|prune|undo|empt|swap|shut|alter|update|merge|replica|slaveof|maxmemory|migrat|recreate|replant|rollback|rename|reassign|revoke|unlink|restore|session_|log_statement|event_trig|program|dblink|execute|language|eval|debug|\bacl\b|d:[dms]:/i;

/** A shell in a shell in a shell … is followed so deep. */
const deepestShell = 6;

/** Judges scripts for a shell, as `os.system` and `sh -c` take them; places are offsets in the script. */
export function createShellJudge(ports: ShellPorts): (script: string) => readonly Destruction[] {
  return (script) => judgeScript(script, ports).executed;
}

export function judgeScript(script: string, ports: ShellPorts, depth = 0): JudgedScript {
  if (!mayDestroy.test(script)) return { executed: [], stored: [], functions: [], errors: [] };
  const tree = ports.parseShell(script);
  if (tree === null) return { executed: [], stored: [], functions: [], errors: [0] };
  try {
    const found = new Map<string, Destruction>();
    const functions = new Map<number, JudgedScript["functions"][number]>();
    const files = runScript(readScript(tree, script), {
      command: (command) => {
        for (const destruction of judgeOne(command, ports, depth, functions)) keep(destruction, found);
      },
      definition: (name, at, end) => functions.set(at, { name, at, end }),
    });
    return {
      executed: [...found.values()],
      stored: files.flatMap((file) => judgeFile(file, ports, depth)),
      functions: [...functions.values()],
      errors: tree.rootNode.hasError ? findErrors(tree) : [],
    };
  } catch (error) {
    // Thousands of groups in one another, which nobody wrote: they are read by recursion.
    if (error instanceof RangeError) return { executed: [], stored: [], functions: [], errors: [0] };
    throw error;
  } finally {
    tree.delete();
  }
}

/** A file whose name or first line says that it is to be run. Text for people is none. */
function judgeFile({ path, text }: StoredFile, ports: ShellPorts, depth: number): readonly Destruction[] {
  if (depth >= deepestShell) return [];
  const isShell = /\.(?:sh|bash)$/.test(path) || /^#!.*\b(?:ba|z|k|da)?sh\b/.test(text.text);
  if (!isShell && !/\.(?:sql|psql|cql)$/.test(path)) return [];
  const judge = (script: string) => judgeScript(script, ports, depth + 1).executed;
  const found = isShell
    ? judge(text.text)
    : judgeClientSql(text.text, { parseSql: ports.parseSql, judgeScript: judge });
  return found.map((one) => ({ ...one, at: placeOf(text, one.at) }));
}

function judgeOne(
  command: ShellCommand,
  ports: ShellPorts,
  depth: number,
  functions: Functions,
): readonly Destruction[] {
  const [program] = command.fields;
  if (program === undefined) return [];
  // `trap 'dropdb x' EXIT` runs a script of its own; a function's name there was followed already.
  const fields = program.text === "trap" ? evaluated(command.fields) : command.fields;
  const whole = joinCommand(fields, command.input?.text ?? null);
  const judge = (input: string | null, words = fields.map(({ text }) => text)) =>
    judgeCommand(words, input, {
      parseSql: ports.parseSql,
      judgeScript: (script) => (depth >= deepestShell ? [] : judgeScript(script, ports, depth + 1).executed),
    });
  const given = givenByCaller(fields, functions);
  const inputAt = fields.reduce((sum, { text }) => sum + text.length + 1, 0);
  const input = command.input?.text.text ?? null;
  const judged = judge(input);
  // What a function adds to the words of its caller (`nats -s "$SERVER" "$@"`) destroys nothing: who gives it the words does.
  const own =
    given === null || judged.length === 0
      ? []
      : judge(
          input,
          fields.map((each) => (given.fields.has(each) ? hole : each.text)),
        );
  const placeIn = (destruction: Destruction): number =>
    given === null || destruction.at >= inputAt || own.some(({ kind }) => kind === destruction.kind)
      ? placeOf(whole, destruction.at)
      : given.at;
  const found: readonly Destruction[] = judged.map((destruction) => ({
    ...destruction,
    at: placeIn(destruction),
    certainty:
      destruction.at >= inputAt && command.input?.isExact === false ? "likely" : destruction.certainty,
  }));
  const queries = command.input?.queries ?? [];
  // What it does with a statement that it reads tells whether it would run the answers of a query.
  if (found.length > 0 || queries.length === 0 || judge("DROP DATABASE x;").length === 0) return found;
  return queries.flatMap((query) =>
    judgeSqlOutput(query.text, ports.parseSql).map((one) => ({
      ...one,
      at: placeOf(query, one.at),
      certainty: "likely" as const,
    })),
  );
}

type Functions = ReadonlyMap<number, JudgedScript["functions"][number]>;

/** The words that a function's command has from its caller, and where the first of them stands; null where all are its own, or its program is not. */
function givenByCaller(
  fields: readonly MappedText[],
  functions: Functions,
): { readonly fields: ReadonlySet<MappedText>; readonly at: number } | null {
  const placeOfField = ({ spans }: MappedText): number => spans[0]?.at ?? 0;
  const [program, ...rest] = fields;
  if (program === undefined) return null;
  const isIn = (place: number) => (each: { readonly at: number; readonly end: number }) =>
    each.at <= place && place < each.end;
  const around = [...functions.values()].findLast(isIn(placeOfField(program)));
  if (around === undefined) return null;
  const given = rest.filter((each) => each.spans.length > 0 && !isIn(placeOfField(each))(around));
  const [first] = given;
  return first === undefined ? null : { fields: new Set(given), at: placeOfField(first) };
}

function evaluated(fields: readonly MappedText[]): readonly MappedText[] {
  const [program, script] = fields;
  if (program === undefined || script === undefined) return fields;
  return [{ text: "eval", spans: [{ from: 0, at: program.spans[0]?.at ?? 0, isFixed: true }] }, script];
}

/** The text that a judge's places count in: the words joined by spaces, then the input. */
function joinCommand(fields: readonly MappedText[], input: MappedText | null): MappedText {
  const builder = buildText();
  for (const field of fields) {
    builder.addMapped(field);
    builder.addFixed(" ", field.spans.at(-1)?.at ?? 0);
  }
  if (input !== null) builder.addMapped(input);
  return builder.done();
}

/** One destruction for one place, whatever its variables may be; the names of all. */
function keep(destruction: Destruction, found: Map<string, Destruction>): void {
  const key = `${destruction.kind} ${destruction.at} ${destruction.what}`;
  const before = found.get(key);
  if (before === undefined) {
    found.set(key, destruction);
    return;
  }
  found.set(key, {
    ...before,
    names: [...new Set([...before.names, ...destruction.names])],
    certainty: before.certainty === "certain" ? "certain" : destruction.certainty,
  });
}

const mostErrors = 20;

function findErrors(tree: Tree): readonly number[] {
  const errors: number[] = [];
  const visit = (node: typeof tree.rootNode) => {
    if (!node.hasError || errors.length >= mostErrors) return;
    if (node.isError && mayDestroy.test(node.text)) {
      errors.push(node.startIndex);
      return;
    }
    for (const child of node.children) if (child !== null) visit(child);
  };
  visit(tree.rootNode);
  return errors;
}
