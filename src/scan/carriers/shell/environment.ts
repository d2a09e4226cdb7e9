import type { MappedText } from "../mapped-text.ts";
import type { ShellStatement } from "./script.ts";

/** One value that a variable may have: one field for a scalar, any number for an array. */
export type ShellValue = readonly MappedText[];

/** What a script has set so far. A variable that may have been set in several ways has several values. */
export interface Environment {
  readonly variables: Map<string, readonly ShellValue[]>;
  readonly functions: Map<string, ShellStatement>;
  /** What was written to files whose path is known. */
  readonly files: Map<string, WrittenFile>;
  /** `$1` and so on; null outside of a function's call. */
  readonly parameters: readonly MappedText[] | null;
}

export interface WrittenFile {
  readonly text: MappedText;
  /** Whether something of the script read or ran it. */
  isUsed: boolean;
}

/** A variable is not told apart into more values than these. */
export const mostValues = 8;

export function emptyEnvironment(): Environment {
  return { variables: new Map(), functions: new Map(), files: new Map(), parameters: null };
}

/** The same, with variables of its own. */
export function forkEnvironment(environment: Environment): Environment {
  return { ...environment, variables: new Map(environment.variables) };
}

/** After one of several ways was taken, nobody knows which: every value that a variable has at the end of one. */
export function joinEnvironments(into: Environment, ways: readonly Environment[]): void {
  const before = new Map(into.variables);
  for (const name of new Set(ways.flatMap((way) => [...way.variables.keys()]))) {
    const values: ShellValue[] = [];
    for (const way of ways) {
      for (const value of way.variables.get(name) ?? []) if (!values.includes(value)) values.push(value);
    }
    for (const value of before.get(name) ?? []) if (!values.includes(value)) values.push(value);
    into.variables.set(name, values.slice(0, mostValues));
  }
}
