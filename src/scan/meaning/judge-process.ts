import type { Expression } from "../syntax/syntax.ts";
import { dottedPath } from "../syntax/dotted-path.ts";
import type { Callee } from "./callee.ts";
import { calleeOf } from "./callee.ts";
import { fold, resolve } from "./fold.ts";
import { plain, sequence } from "./folded.ts";
import type { Folded } from "./folded.ts";
import { judgeText } from "./judge-arguments.ts";
import type { Judged } from "./judge-arguments.ts";
import type { Judges } from "./judges.ts";
import { lookUp } from "./look-up.ts";
import type { Call } from "./program.ts";
import { reaching } from "./reaching.ts";
import { deeper } from "./scope.ts";
import type { Scope } from "./scope.ts";

/** .NET starts a program by its name and one text with all of its arguments: given at once, or kept in a ProcessStartInfo that is started later. */
export function judgeProcess(
  { name, receiver }: Callee,
  call: Call,
  scope: Scope,
  judges: Judges,
): readonly Judged[] {
  if (scope.place.unit.family !== "csharp") return [];
  const [first, second] = call.args;
  const lines = (): readonly Folded[] => {
    if (name === "ProcessStartInfo") return commandLines(call, call.at, scope);
    if (name !== "Start") return [];
    if (first !== undefined && second !== undefined)
      return lineOf([fold(first, scope)], [fold(second, scope)]);
    const started = first ?? receiver;
    return started === null ? [] : commandLines(started, call.at, scope);
  };
  return lines().flatMap((each) => judgeText(each, judges));
}

/** The command lines of a process that is made, or of what says how to start one, by its constructor, its initializer and its properties. */
function commandLines(started: Expression, at: number, scope: Scope, depth = 0): readonly Folded[] {
  if (depth > 3) return [];
  const made = resolve(started, scope).flatMap(({ value, scope: inner }) => {
    if (value.is !== "call" || value.how !== "new") return [];
    const { name } = calleeOf(value);
    const given = (key: string, index: number): readonly (readonly Folded[])[] => {
      const one = value.named.find((each) => each.key === key)?.value ?? value.args[index];
      return one === undefined ? [] : [fold(one, inner)];
    };
    if (name === "ProcessStartInfo") {
      const own = { programs: given("FileName", 0), lines: given("Arguments", 1) };
      return [own];
    }
    const info = value.named.find(({ key }) => key === "StartInfo")?.value;
    return info === undefined
      ? []
      : commandLines(info, at, inner, depth + 1).map((each) => ({ programs: [[each]], lines: [] }));
  });
  const path = dottedPath(started);
  const set = (property: string): readonly (readonly Folded[])[] =>
    path === null
      ? []
      : [`${path}.${property}`, `${path}.StartInfo.${property}`].flatMap((each) => valuesOf(each, at, scope));
  const [programs, lines] = [set("FileName"), [...set("Arguments"), ...set("ArgumentList")]];
  if (made.length === 0) return lineOf(programs, lines);
  return made.flatMap((each) =>
    lineOf(programs.length > 0 ? programs : each.programs, [...each.lines, ...lines]),
  );
}

function lineOf(
  programs: readonly (readonly Folded[])[],
  lines: readonly (readonly Folded[])[],
): readonly Folded[] {
  return programs.length === 0 ? [] : sequence([...programs.slice(-1), ...lines], plain(" "));
}

/** What a property was set to before a place, or what was added to the list that it holds, one by one. */
function valuesOf(path: string, at: number, scope: Scope): readonly (readonly Folded[])[] {
  const meaning = lookUp(scope.program, scope.place, path);
  if (meaning.is !== "values") return [];
  const reached = reaching(meaning.definitions, path, scope.place, at);
  const added = reached.filter(({ set }) => set.isAppend);
  return (added.length > 0 ? added : reached.slice(-1)).map(({ set, ...place }) =>
    fold(set.value, deeper(scope, place)),
  );
}
