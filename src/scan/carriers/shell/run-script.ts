import { hole } from "../../../destruction/destruction.ts";
import { buildText, fixed, type MappedText } from "../mapped-text.ts";
import { concat, exactly, joinOutputs, readOutput, withoutSudo, type Output } from "./command-output.ts";
import {
  emptyEnvironment,
  forkEnvironment,
  joinEnvironments,
  mostValues,
  valuesOf,
  type Environment,
  type ShellValue,
} from "./environment.ts";
import { expandText, expandWords, type RunBody } from "./expand-words.ts";
import type { ShellAssignment, ShellRedirect, ShellStatement } from "./script.ts";

/** A simple command that a script may run: its fields and what it reads. */
export interface ShellCommand {
  readonly fields: readonly MappedText[];
  readonly input: Output | null;
}

/** A file that a script writes and that nothing in it reads. */
export interface StoredFile {
  readonly path: string;
  readonly text: MappedText;
}

/** Functions that call one another are followed so deep. */
const deepestCall = 8;
/** A function that is called with the same words again and again is followed so often: variables may be others. */
const mostCalls = 3;
/** Commands that name a file and run nothing of it. */
const keepers: ReadonlySet<string> = new Set(
  "set rm chmod chown chgrp mv cp ls ln wc stat touch test [ [[ install scp rsync export".split(" "),
);
/** No script that people wrote runs more commands than this; one that does was made to. */
const mostCommands = 10_000;

/**
 * Follows a script: every simple command that it may run, with what its variables and functions put in; functions that nothing calls
 * with unknown parameters. Loops run once, both sides of a condition are taken.
 */
export function runScript(
  statements: readonly ShellStatement[],
  seen: {
    readonly command: (command: ShellCommand) => void;
    readonly definition: (name: string, at: number, end: number) => void;
  },
): readonly StoredFile[] {
  const environment = emptyEnvironment();
  const called = new Set<string>();
  const calls = new Map<string, number>();
  let commands = 0;
  let depth = 0;

  const runAll = (body: readonly ShellStatement[], env: Environment, input: Output | null): Output | null => {
    const written: Output[] = [];
    for (const statement of body) {
      const output = run(statement, env, input);
      if (output !== null) written.push(output);
    }
    return joinOutputs(written);
  };

  const run = (statement: ShellStatement, env: Environment, input: Output | null): Output | null => {
    switch (statement.do) {
      case "run":
        return runCommand(statement, env, input);
      case "pipe": {
        let output = input;
        for (const stage of statement.stages) output = run(stage, env, output);
        return output;
      }
      case "group": {
        const redirected = redirect(statement.redirects, env, input);
        return write(runAll(statement.body, env, redirected), statement.redirects, env);
      }
      case "branch": {
        const ways = statement.ways.map((way) => {
          const fork = forkEnvironment(env);
          return { fork, output: runAll(way, fork, input) };
        });
        joinEnvironments(
          env,
          ways.map(({ fork }) => fork),
        );
        return ways.find(({ output }) => output !== null)?.output ?? null;
      }
      case "for": {
        const items = expandWords(statement.items, env, bodyRunner(env)).flat();
        const values: readonly ShellValue[] = items.slice(0, mostValues).map((item) => [item]);
        if (values.length > 0) env.variables.own.set(statement.variable, values);
        return runAll(statement.body, env, input);
      }
      case "set":
        assign(statement.set, env);
        return null;
      case "define":
        env.functions.set(statement.name, statement.body);
        seen.definition(statement.name, statement.at, statement.end);
        return null;
    }
  };

  const bodyRunner =
    (env: Environment): RunBody =>
    (part) => {
      const output = runAll(part.body, env, null);
      if (part.isFile) {
        const path = `/dev/fd/${part.at}`;
        if (output !== null) env.files.set(path, { text: output.text, isUsed: true });
        return fixed(path, part.at);
      }
      if (output === null || !output.isExact) return null;
      return { ...output.text, ...trimEnd(output.text) };
    };

  const assign = (set: ShellAssignment, env: Environment) => {
    const given: readonly ShellValue[] = set.isArray
      ? expandWords(set.values, env, bodyRunner(env))
      : expandText(set.values[0] ?? { parts: [], at: 0 }, env, bodyRunner(env)).map((text) => [text]);
    const before = valuesOf(env.variables, set.name);
    if (!set.isAppend || before === undefined) {
      env.variables.own.set(set.name, given.slice(0, mostValues));
      return;
    }
    const [addition] = given;
    if (addition === undefined) return;
    env.variables.own.set(
      set.name,
      before.map((value) => (set.isArray ? [...value, ...addition] : [concat([...value, ...addition])])),
    );
  };

  const redirect = (
    redirects: readonly ShellRedirect[],
    env: Environment,
    input: Output | null,
  ): Output | null => {
    let read = input;
    for (const one of redirects) {
      if (one.to === "input") {
        const texts = expandText(one.text, env, bodyRunner(env));
        const [text] = texts;
        if (text !== undefined) read = exactly(texts.length === 1 ? text : concat(texts));
      } else if (one.to === "read") {
        const [process] = one.path.parts;
        if (process?.is === "output") read = runAll(process.body, env, null);
        else read = readFile(pathOf(one.path, env), env) ?? null;
      }
    }
    return read;
  };

  const pathOf = (path: Extract<ShellRedirect, { to: "read" }>["path"], env: Environment) =>
    expandText(path, env, bodyRunner(env))[0]?.text ?? hole;

  const readFile = (path: string, env: Environment): Output | null => {
    const file = env.files.get(path);
    if (file === undefined) return null;
    file.isUsed = true;
    return exactly(file.text);
  };

  const write = (
    output: Output | null,
    redirects: readonly ShellRedirect[],
    env: Environment,
  ): Output | null => {
    for (const one of redirects) {
      if (one.to !== "write") continue;
      const path = pathOf(one.path, env);
      if (path === "/dev/stdout" || path === "/dev/tty") continue;
      if (output !== null && path !== "/dev/null") keepFile(path, output.text, env);
      return null;
    }
    return output;
  };

  const keepFile = (path: string, text: MappedText, env: Environment) => {
    const before = env.files.get(path);
    env.files.set(path, {
      text: before === undefined ? text : concat([before.text, text]),
      isUsed: before?.isUsed ?? false,
    });
  };

  const runCommand = (
    statement: Extract<ShellStatement, { do: "run" }>,
    env: Environment,
    piped: Output | null,
  ): Output | null => {
    commands += 1;
    if (commands > mostCommands) return null;
    const input = redirect(statement.redirects, env, piped);
    if (statement.words.length === 0) {
      for (const set of statement.sets) assign(set, env);
      return null;
    }
    // Assignments before a command hold for it alone; what is in them runs all the same.
    for (const set of statement.sets) for (const value of set.values) expandText(value, env, bodyRunner(env));
    let output: Output | null = null;
    for (const fields of expandWords(statement.words, env, bodyRunner(env))) {
      output = runFields(fields, env, input) ?? output;
    }
    return write(output, statement.redirects, env);
  };

  const runFields = (
    fields: readonly MappedText[],
    env: Environment,
    input: Output | null,
  ): Output | null => {
    const [program, ...rest] = fields;
    if (program === undefined) return null;
    const body = env.functions.get(program.text);
    if (body !== undefined) {
      called.add(program.text);
      const call = [program.text, ...rest.map(({ text }) => text), input?.text.text ?? ""].join("\0");
      const times = (calls.get(call) ?? 0) + 1;
      calls.set(call, times);
      if (depth >= deepestCall || times > mostCalls) return null;
      depth += 1;
      const output = run(body, { ...env, parameters: rest }, input);
      depth -= 1;
      return output;
    }
    if (program.text === "read" || program.text === "mapfile" || program.text === "readarray") {
      readInto(rest, env, input);
      return null;
    }
    const known = isKeeper(fields) ? [] : rest.map((field) => knownFile(field, env));
    const file = known.find((one) => one !== null);
    const command =
      file === undefined || file === null || input !== null
        ? { fields, input }
        : {
            fields: [program, ...rest.map((field, index) => (known[index] ? dashed(field) : field))],
            input: exactly(file),
          };
    seen.command(command);
    const [writer, ...paths] = withoutSudo(fields);
    if (writer?.text === "tee" && input !== null) {
      for (const { text } of paths) if (!text.startsWith("-")) keepFile(text, input.text, env);
    }
    return readOutput(command.fields, command.input);
  };

  /** The text of a file that the script wrote, when a word names it: `psql -f /tmp/x.sql`, `--file=/tmp/x.sql`, `sh x.sh`. */
  const knownFile = (field: MappedText, env: Environment): MappedText | null =>
    env.files.size === 0
      ? null
      : (readFile(field.text.replace(/^--?[\w-]+=|^-f(?=.)/, ""), env)?.text ?? null);

  runAll(statements, environment, null);
  for (const [name, body] of environment.functions) {
    if (!called.has(name)) run(body, { ...environment, parameters: null }, null);
  }
  return [...environment.files].flatMap(([path, { text, isUsed }]) => (isUsed ? [] : [{ path, text }]));
}

/** `read -r -d '' SQL <<EOF` puts all of its input into one variable; a line of unknown text goes into any other. */
function readInto(words: readonly MappedText[], env: Environment, input: Output | null): void {
  const takesAll =
    words.some(({ text }, index) => text === "-d" && words[index + 1]?.text === "") ||
    words.some(({ text }) => /^-\w*d$/.test(text) && text !== "-d");
  const names = words.filter(({ text }) => /^[A-Za-z_]\w*$/.test(text));
  for (const name of names) {
    const at = name.spans[0]?.at ?? 0;
    env.variables.own.set(name.text, [[takesAll && input !== null ? input.text : fixed(hole, at)]]);
  }
}

function isKeeper(fields: readonly MappedText[]): boolean {
  const [program, verb] = withoutSudo(fields);
  return program !== undefined && (keepers.has(program.text) || verb?.text === "cp");
}

/** `-f /tmp/x.sql` as `-f -`. */
function dashed(field: MappedText): MappedText {
  const at = field.spans[0]?.at ?? 0;
  const builder = buildText();
  builder.addFixed(`${/^--?[\w-]+=|^-f(?=.)/.exec(field.text)?.[0] ?? ""}-`, at);
  return builder.done();
}

function trimEnd(text: MappedText): { readonly text: string } {
  let end = text.text.length;
  while (text.text[end - 1] === "\n") end -= 1;
  return { text: text.text.slice(0, end) };
}
