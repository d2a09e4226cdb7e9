import type { MappedText } from "../mapped-text.ts";
import type { ShellStatement } from "./script.ts";

/** One value that a variable may have: one field for a scalar, any number for an array. */
export type ShellValue = readonly MappedText[];

/** What a script has set so far. A variable that may have been set in several ways has several values. */
export interface Environment {
  readonly variables: Variables;
  readonly functions: Map<string, ShellStatement>;
  /** What was written to files whose path is known. */
  readonly files: Map<string, WrittenFile>;
  /** `$1` and so on; null outside of a function's call. */
  readonly parameters: readonly MappedText[] | null;
}

/** Variables, some of which one way of a script has set by itself. */
export interface Variables {
  readonly own: Map<string, readonly ShellValue[]>;
  readonly outer: Variables | null;
}

export function valuesOf(variables: Variables, name: string): readonly ShellValue[] | undefined {
  for (let scope: Variables | null = variables; scope !== null; scope = scope.outer) {
    const values = scope.own.get(name);
    if (values !== undefined) return values;
  }
  return undefined;
}

export interface WrittenFile {
  readonly text: MappedText;
  /** Whether something of the script read or ran it. */
  isUsed: boolean;
}

/** A variable is not told apart into more values than these. */
export const mostValues = 8;

export function emptyEnvironment(): Environment {
  return {
    variables: { own: new Map(), outer: null },
    functions: new Map(),
    files: new Map(),
    parameters: null,
  };
}

/** The same, for one of several ways: what it sets is its own. */
export function forkEnvironment(environment: Environment): Environment {
  return { ...environment, variables: { own: new Map(), outer: environment.variables } };
}

/** After one of several ways was taken, nobody knows which: every value that a variable has at the end of one, or had before. */
export function joinEnvironments(into: Environment, ways: readonly Environment[]): void {
  for (const name of new Set(ways.flatMap((way) => [...way.variables.own.keys()]))) {
    const values: ShellValue[] = [];
    for (const way of ways) values.push(...(way.variables.own.get(name) ?? []));
    values.push(...(valuesOf(into.variables, name) ?? []));
    into.variables.own.set(name, [...new Set(values)].slice(0, mostValues));
  }
}
