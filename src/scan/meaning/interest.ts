import type { Entry, Expression } from "../syntax/syntax.ts";
import { calleeOf } from "./callee.ts";
import { isIterating } from "./callback-values.ts";
import { mayBeClientMethod } from "./client-methods.ts";
import { mayRunFramework } from "./framework-calls.ts";
import { judgeSetting } from "./judge-setting.ts";
import { core, createGrading, none, part } from "./grade-text.ts";
import type { Grade } from "./grade-text.ts";
import { insideOf } from "../syntax/inside-of.ts";
import type { Place, Program, Unit } from "./program.ts";
import { fieldKey, keyIn, keyOf, nameKey, pathKeys } from "./value-keys.ts";

/** Which expressions may have a part in a destruction: all others need not be folded, nor judged. */
export interface Interest {
  /** Whether it may hold the word that a destruction cannot do without. */
  judge(expression: Expression): boolean;
  /** Whether it may hold any word of one: the rest of a statement whose verb stands elsewhere. */
  fold(expression: Expression): boolean;
  /** Whether nothing in it, however deep, has to be looked at: no such text, no call that may destroy by its name. */
  isQuiet(expression: Expression): boolean;
}

const known = new WeakMap<Program, Interest>();

/** The interest of a program, worked out once. */
export function interestOf(program: Program): Interest {
  const before = known.get(program);
  if (before !== undefined) return before;
  const interest = createInterest(program);
  known.set(program, interest);
  return interest;
}

/** Goes over a program once for what each name may come from, then from the texts along the names. */
function createInterest(program: Program): Interest {
  const search: Search = {
    program,
    sinks: [],
    gradeOf: createGrading(program.kinds),
  };
  for (const unit of program.units) collect(unit, search);
  const names: Names = { [core]: spread(search.sinks, core), [part]: spread(search.sinks, part) };
  const seen: Seen = { grades: new Map(), loud: new Set() };
  for (const unit of program.units) {
    for (const [fn, { body, params }] of unit.syntax.functions.entries()) {
      for (const { value } of body) gradeIn(value, { unit, fn }, names, seen, search.gradeOf);
      for (const each of params)
        if (each.default !== null) gradeIn(each.default, { unit, fn }, names, seen, search.gradeOf);
    }
  }
  const { grades, loud } = seen;
  // What was made up on the way is not known, and looked at.
  return {
    judge: (expression) => (grades.get(expression) ?? core) === core,
    fold: (expression) => (grades.get(expression) ?? core) !== none,
    isQuiet: (expression) => grades.has(expression) && !loud.has(expression),
  };
}

interface Seen {
  readonly grades: Map<Expression, Grade>;
  /** Those that are not quiet, and all around them. */
  readonly loud: Set<Expression>;
}

interface Names {
  readonly [part]: ReadonlySet<string>;
  readonly [core]: ReadonlySet<string>;
}

/** Names that get their value from an expression. */
interface Sink {
  readonly targets: readonly string[];
  /** The names that stand in the expression. */
  readonly sources: Set<string>;
  /** The most that a text in it may be. */
  grade: Grade;
}

interface Search {
  readonly program: Program;
  readonly sinks: Sink[];
  readonly gradeOf: (text: string) => Grade;
}

/** A text goes through so many names before it is used; over more of them everything is connected with everything. */
const mostSteps = 6;

/** From the names that hold such a text to those that take their value from them. */
function spread(sinks: readonly Sink[], least: Grade): ReadonlySet<string> {
  const bySource = new Map<string, Sink[]>();
  for (const sink of sinks) {
    for (const source of sink.sources) {
      const list = bySource.get(source);
      if (list === undefined) bySource.set(source, [sink]);
      else list.push(sink);
    }
  }
  const names = new Set<string>();
  let sinksNow: readonly Sink[] = sinks.filter(({ grade }) => grade >= least);
  for (let step = 0; step < mostSteps && sinksNow.length > 0; step += 1) {
    const fresh = new Set(sinksNow.flatMap(({ targets }) => targets).filter((target) => !names.has(target)));
    for (const target of fresh) names.add(target);
    sinksNow = [...fresh].flatMap((target) => bySource.get(target) ?? []);
  }
  return names;
}

function collect(unit: Unit, search: Search): void {
  for (const { local, exported } of unit.syntax.imports) {
    if (local !== null)
      search.sinks.push({
        targets: [keyOf({ unit, fn: 0 }, local)],
        sources: new Set([exported]),
        grade: none,
      });
  }
  for (const [fn, { name, owner, body, params, parent, isExported }] of unit.syntax.functions.entries()) {
    const place = { unit, fn };
    for (const each of params) {
      if (each.default !== null)
        visit(each.default, place, [open(search, [keyIn(place, each.name)])], search);
    }
    for (const statement of body) {
      const targets =
        statement.do === "return" && name !== null
          ? [nameKey({ unit, fn: parent ?? 0 }, name, isExported || owner !== null)]
          : statement.do === "set" && statement.target !== null
            ? pathKeys(place, statement.target, statement.isExported)
            : [];
      visit(statement.value, place, [open(search, targets)], search);
    }
    for (const [target, sets] of unit.sets[fn] ?? []) {
      for (const { value, isAppend } of sets) {
        if (isAppend) visit(value, place, [open(search, pathKeys(place, target, false))], search);
      }
    }
  }
}

function open({ sinks }: Search, targets: readonly string[]): Sink {
  const sink: Sink = { targets, sources: new Set(), grade: none };
  if (targets.length > 0) sinks.push(sink);
  return sink;
}

/** Tells the sinks around an expression what stands in it; entries of objects, and parameters of what goes through it, get sinks of their own. */
function visit(expression: Expression, place: Place, sinks: readonly Sink[], search: Search): void {
  switch (expression.is) {
    case "text":
      raise(sinks, search.gradeOf(expression.text));
      return;
    case "name": {
      const key = keyOf(place, expression.name);
      for (const sink of sinks) sink.sources.add(key);
      return;
    }
    case "member":
      for (const sink of sinks) sink.sources.add(fieldKey(place, expression.name));
      visit(expression.of, place, sinks, search);
      return;
    case "map":
      for (const { key, value } of expression.entries) {
        if (key !== null) raise(sinks, search.gradeOf(key));
        visit(value, place, key === null ? sinks : [...sinks, open(search, [fieldKey(place, key)])], search);
      }
      return;
    case "call": {
      const given = open(search, parametersOf(expression, place, search));
      const inner = given.targets.length === 0 ? sinks : [...sinks, given];
      for (const { key } of expression.named) if (key !== null) raise(inner, search.gradeOf(key));
      for (const inside of insideOf(expression)) visit(inside, place, inner, search);
      return;
    }
    default:
      for (const inside of insideOf(expression)) visit(inside, place, sinks, search);
  }
}

/** The parameters that a call gives its texts to: of a callback that goes through a list, of a constructor that keeps them. */
function parametersOf(
  call: Extract<Expression, { is: "call" }>,
  { unit }: Place,
  { program }: Search,
): readonly string[] {
  const { name, receiver, chain } = calleeOf(call);
  const keys = call.args.flatMap((arg) =>
    arg.is === "function" && isIterating(name)
      ? (unit.syntax.functions[arg.index]?.params.slice(0, 2) ?? []).map((each) =>
          keyIn({ unit, fn: arg.index }, each.name),
        )
      : [],
  );
  if (receiver !== null && name !== "new" && call.how !== "new") return keys;
  const made = name === "new" ? (chain.at(-2) ?? "") : name;
  for (const { unit: other, type } of program.typesNamed(unit.family, made))
    keys.push(...ownerParameters(other, type.name));
  return keys;
}

function raise(sinks: readonly Sink[], grade: Grade): void {
  for (const sink of sinks) if (sink.grade < grade) sink.grade = grade;
}

const parametersByOwner = new WeakMap<Unit, Map<string, readonly string[]>>();

/** The parameters of all methods of a type: one of them is its constructor. */
function ownerParameters(unit: Unit, owner: string): readonly string[] {
  let ofUnit = parametersByOwner.get(unit);
  if (ofUnit === undefined) {
    ofUnit = new Map();
    for (const [fn, each] of unit.syntax.functions.entries()) {
      if (each.owner === null || each.params.length === 0) continue;
      const keys = each.params.map((param) => keyIn({ unit, fn }, param.name));
      ofUnit.set(each.owner, [...(ofUnit.get(each.owner) ?? []), ...keys]);
    }
    parametersByOwner.set(unit, ofUnit);
  }
  return ofUnit.get(owner) ?? [];
}

function gradeIn(
  expression: Expression,
  place: Place,
  names: Names,
  seen: Seen,
  gradeOf: Search["gradeOf"],
): Grade {
  // Every part is looked at, so that each is known afterwards.
  let grade = gradeByItself(expression, place, names, gradeOf);
  let isLoud = actsByItself(expression, place.unit);
  for (const each of insideOf(expression)) {
    const inner = gradeIn(each, place, names, seen, gradeOf);
    if (inner > grade) grade = inner;
    isLoud ||= seen.loud.has(each);
  }
  seen.grades.set(expression, grade);
  if (isLoud || grade === core) seen.loud.add(expression);
  return grade;
}

/** Whether what it is called, or set, may destroy without any text. */
function actsByItself(expression: Expression, unit: Unit): boolean {
  if (expression.is === "map") return expression.entries.some((entry) => judgeSetting(entry, unit) !== null);
  if (expression.is !== "call") return false;
  const { name } = calleeOf(expression);
  return mayBeClientMethod(name) || mayRunFramework(name, unit.family);
}

function gradeByItself(
  expression: Expression,
  place: Place,
  names: Names,
  gradeOf: Search["gradeOf"],
): Grade {
  const gradeOfName = (...keys: readonly string[]): Grade =>
    keys.some((key) => names[core].has(key)) ? core : keys.some((key) => names[part].has(key)) ? part : none;
  const gradeOfKeys = (entries: readonly Entry[]): Grade => {
    let grade: Grade = none;
    for (const { key } of entries) {
      const own = key === null ? none : gradeOf(key);
      if (own > grade) grade = own;
    }
    return grade;
  };
  switch (expression.is) {
    case "text":
      return gradeOf(expression.text);
    case "name":
      return gradeOfName(keyOf(place, expression.name));
    case "member": {
      // A driver's constant for a command bears its name.
      const own = /^[A-Z]+$/.test(expression.name) ? gradeOf(expression.name) : none;
      return own === none ? gradeOfName(fieldKey(place, expression.name)) : own;
    }
    case "map":
      return gradeOfKeys(expression.entries);
    case "call":
      return gradeOfKeys(expression.named);
    default:
      return none;
  }
}
