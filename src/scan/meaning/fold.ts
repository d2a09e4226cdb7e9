import type { Entry, Expression } from "../syntax/syntax.ts";
import { foldCall } from "./fold-call.ts";
import { deeper } from "./scope.ts";
import type { Scope } from "./scope.ts";
import { emptyText, isUnknown, literal, mostValues, parameter, sequence, unknownText } from "./folded.ts";
import type { Folded } from "./folded.ts";
import { iteratedBy } from "./callback-values.ts";
import { fieldValues, givenToConstructor } from "./field-values.ts";
import { formatText } from "./format-text.ts";
import { interestOf } from "./interest.ts";
import { entriesAt, entryOf, firstEntries } from "./entries.ts";
import { joinedParts } from "./joined-parts.ts";
import { lookUp, lookUpParameter } from "./look-up.ts";
import type { Meaning } from "./look-up.ts";
import { dottedPath } from "../syntax/dotted-path.ts";
import type { Definition } from "./program.ts";
import { reaching } from "./reaching.ts";
import { itemsAt } from "./list-items.ts";
import { listedBy } from "./list-of-map.ts";
import { literalOfCall } from "./literal-of-call.ts";
import { typeOf } from "./type-of.ts";

const folding = { fold, resolve };

/** Following more names and calls than this gives nothing but time. */
const deepest = 14;

/** All texts that an expression may be, as far as constants tell; what is not known is a hole. Never empty. */
export function fold(expression: Expression, scope: Scope): readonly Folded[] {
  if (scope.depth > deepest) return [unknownText];
  return remembered(foldedOnce, expression, scope, unknownTexts, () => cut(foldOnce(expression, scope)));
}

const unknownTexts: readonly Folded[] = [unknownText];

function cut(values: readonly Folded[]): readonly Folded[] {
  return values.length === 0
    ? unknownTexts
    : values.length > mostValues
      ? values.slice(0, mostValues)
      : values;
}

/** For a program, and for what the parameters of a function were given, which holds for one call alone. */
type Known<T> = WeakMap<object, WeakMap<Expression, T>>;
const foldedOnce: Known<readonly Folded[]> = new WeakMap();
const resolvedOnce: Known<readonly Resolution[]> = new WeakMap();

/** Works out what an expression is once for a program. What it is while that is being worked out (`x = x + y`) is `meanwhile`. */
function remembered<T>(
  known: Known<T>,
  expression: Expression,
  { program, given }: Scope,
  meanwhile: T,
  work: () => T,
): T {
  const whole = given ?? program;
  let ofWhole = known.get(whole);
  if (ofWhole === undefined) {
    ofWhole = new WeakMap();
    known.set(whole, ofWhole);
  }
  const before = ofWhole.get(expression);
  if (before !== undefined) return before;
  ofWhole.set(expression, meanwhile);
  const value = work();
  ofWhole.set(expression, value);
  return value;
}

function foldOnce(expression: Expression, scope: Scope): readonly Folded[] {
  switch (expression.is) {
    case "text":
      return [literal(expression.text, `${scope.place.unit.id}:${expression.at}`)];
    case "join":
      return sequence(joinedParts(expression).map((each) => fold(each, scope)));
    case "format":
      return fold(expression.template, scope).flatMap((template) =>
        formatText(template, expression.style, {
          positional: expression.values.flatMap((each) => foldItems(each, scope)),
          named: foldEntries(
            [
              ...expression.named,
              ...expression.values
                .flatMap((each) => resolve(each, scope))
                .flatMap(({ value }) => entriesOf(value)),
            ],
            scope,
          ),
        }),
      );
    case "name":
    case "member":
      return foldPath(expression, scope);
    case "index":
      return foldIndex(expression, scope);
    case "call":
      return interestOf(scope.program).fold(expression)
        ? foldCall(expression, scope, folding)
        : foldGiven(expression, scope);
    case "choice":
      return expression.options.flatMap((each) => fold(each, scope));
    case "other":
      // A wrapper that a front-end has no case for, around one thing, is most often that thing.
      return expression.inside.length === 1 && expression.inside[0] !== undefined
        ? fold(expression.inside[0], scope)
        : [unknownText];
    case "list":
    case "map":
    case "function":
    case "compare":
    case "pattern":
      return [unknownText];
  }
}

/** What a call that cannot be part of a destruction gives: what it is given alone, which may be a parameter. */
function foldGiven({ args }: Extract<Expression, { is: "call" }>, scope: Scope): readonly Folded[] {
  const [only, ...others] = args;
  return only === undefined || others.length > 0 ? unknownTexts : fold(only, scope);
}

/** A list's items each by itself; anything else as one. */
function foldItems(expression: Expression, scope: Scope): readonly (readonly Folded[])[] {
  return expression.is === "list"
    ? expression.items.map((each) => fold(each, scope))
    : [fold(expression, scope)];
}

function entriesOf(expression: Expression): readonly Entry[] {
  return expression.is === "map" ? expression.entries : [];
}

function foldEntries(entries: readonly Entry[], scope: Scope): ReadonlyMap<string, readonly Folded[]> {
  return new Map(
    entries.flatMap(({ key, value }) => (key === null ? [] : [[key, fold(value, scope)] as const])),
  );
}

function foldPath(
  expression: Extract<Expression, { is: "name" | "member" }>,
  scope: Scope,
): readonly Folded[] {
  const path = dottedPath(expression);
  if (!interestOf(scope.program).fold(expression)) {
    // All that matters of what cannot be part of a destruction is whether it was given.
    const given = path === null ? null : lookUpParameter(scope.place, path);
    return given === null ? unknownTexts : foldMeaning(given, scope, expression.at);
  }
  if (path !== null) {
    const meaning = lookUp(scope.program, scope.place, path);
    if (meaning.is !== "unknown") return foldMeaning(meaning, scope, expression.at);
  }
  if (expression.is === "name") return [unknownText];
  const type = typeOf(expression.of, scope);
  if (type !== null) {
    const values = fieldValues(scope.program, scope.place.unit.family, type, expression.name);
    const folded = values.flatMap(({ value, place }) => fold(value, deeper(scope, place)));
    if (folded.some((each) => !isUnknown(each))) return folded;
  }
  // An entry of an object, a field of what a name stands for.
  const entries = resolve(expression.of, scope).flatMap(({ value, scope: inner }) => {
    // A struct's literal without the names of its fields: any of them.
    if (value.is === "list") return value.items.map((entry) => ({ entry, inner }));
    if (value.is === "map" && value.entries.every(({ key }) => key === null))
      return value.entries.map((each) => ({ entry: each.value, inner }));
    const entry = entryOf(value, expression.name);
    return entry === null ? [] : [{ entry, inner }];
  });
  return entries.flatMap(({ entry, inner }) => fold(entry, inner));
}

function foldMeaning(meaning: Meaning, scope: Scope, at: number): readonly Folded[] {
  switch (meaning.is) {
    case "values":
      return foldDefinitions(meaning.definitions, scope, at);
    case "parameter": {
      const { place, index } = meaning;
      const given =
        scope.given?.place.unit === place.unit && scope.given.place.fn === place.fn
          ? scope.given.values[index]
          : undefined;
      if (given !== undefined) return given;
      const made = givenToConstructor(scope.program, place, index);
      if (made.length > 0) return made.flatMap((each) => fold(each.value, deeper(scope, each.place)));
      const iterated = iteratedBy(place, index);
      if (iterated !== null) {
        const element: Expression = {
          is: "index",
          of: iterated.value,
          key: { is: "other", inside: [], at },
          at,
        };
        const folded = fold(element, deeper(scope, iterated.place));
        if (folded.some((each) => !isUnknown(each))) return folded;
      }
      const initial = place.unit.syntax.functions[place.fn]?.params[index]?.default ?? null;
      const own = parameter({ place, index });
      return initial === null ? [own] : [own, ...fold(initial, deeper(scope, place))];
    }
    case "unknown":
      return [unknownText];
  }
}

/**
 * What a name holds: each value that it is set to, followed by what is appended to it. Within one function, only what is
 * set before it is read counts, where anything is.
 */
function foldDefinitions(definitions: readonly Definition[], scope: Scope, at: number): readonly Folded[] {
  const used = reaching(definitions, definitions[0]?.set.target ?? "", scope.place, at);
  const values: Folded[] = [];
  const inner = (each: Definition): Scope => deeper(scope, each);
  let built: readonly Folded[] | null = null;
  for (const definition of used) {
    const { value, isAppend } = definition.set;
    // What is added to a list is no text that follows another.
    if (!isAppend && (value.is === "list" || (value.is === "map" && value.entries.length > 0)))
      return [unknownText];
    const folded = fold(value, inner(definition));
    if (isAppend) {
      // What a builder begins with is nothing.
      built = sequence([built === null || built.every(isUnknown) ? [emptyText] : built, folded]);
    } else {
      if (built !== null) values.push(...built);
      built = folded;
    }
  }
  return [...values, ...(built ?? [])].slice(-mostValues);
}

function foldIndex(expression: Extract<Expression, { is: "index" }>, scope: Scope): readonly Folded[] {
  const keys = fold(expression.key, scope);
  return resolve(expression.of, scope).flatMap(({ value, scope: inner }) => {
    if (value.is === "list") return itemsAt(value.items, keys).flatMap((each) => foldElement(each, inner));
    if (value.is !== "map")
      return fold(value, inner).some((each) => !isUnknown(each)) ? fold(value, inner) : [];
    const named = entriesAt(value, keys);
    const isKnown = named.length > 0 || keys.every((each) => !isUnknown(each));
    return (isKnown ? named : firstEntries(value)).flatMap((each) => foldElement(each, inner));
  });
}

/** What one turn of a loop sees of an element: a pair's or a struct's texts, each by itself. */
function foldElement(element: Expression, scope: Scope): readonly Folded[] {
  if (element.is === "map") return element.entries.flatMap(({ value }) => fold(value, scope));
  if (element.is === "list") return element.items.flatMap((each) => fold(each, scope));
  return fold(element, scope);
}

/** An expression that another one stands for, and where it stands. */
interface Resolution {
  readonly value: Expression;
  readonly scope: Scope;
}

/** What lists, objects and calls an expression may be, through the names that it goes by. */
export function resolve(expression: Expression, scope: Scope): readonly Resolution[] {
  if (scope.depth > deepest) return [];
  return remembered(resolvedOnce, expression, scope, [], () =>
    resolveOnce(expression, scope).slice(0, mostResolutions),
  );
}

/** More than these say nothing of one expression. */
const mostResolutions = 64;

function resolveOnce(expression: Expression, scope: Scope): readonly Resolution[] {
  if (expression.is === "choice") return expression.options.flatMap((each) => resolve(each, scope));
  if (expression.is === "index") {
    const keys = fold(expression.key, scope);
    return resolve(expression.of, deeper(scope, scope.place)).flatMap(({ value, scope: inner }) => {
      if (value.is === "list")
        return itemsAt(value.items, keys).flatMap((each) => resolve(each, deeper(inner, inner.place)));
      if (value.is !== "map") return [];
      const named = entriesAt(value, keys);
      const meant = named.length > 0 ? named : firstEntries(value);
      return meant.flatMap((each) => resolve(each, deeper(inner, inner.place)));
    });
  }
  if (expression.is === "call") {
    const made = literalOfCall(expression);
    const inside = (each: Expression): readonly Resolution[] => resolve(each, deeper(scope, scope.place));
    const found = made === null ? listedBy(expression, inside) : inside(made);
    return found.length > 0 ? found : [{ value: expression, scope }];
  }
  if (expression.is !== "name" && expression.is !== "member") return [{ value: expression, scope }];
  const path = dottedPath(expression);
  const meaning = path === null ? null : lookUp(scope.program, scope.place, path);
  if (meaning?.is === "values") {
    return meaning.definitions
      .slice(-mostValues)
      .flatMap((each) => resolve(each.set.value, deeper(scope, each)));
  }
  if (expression.is !== "member") return [];
  return resolve(expression.of, deeper(scope, scope.place)).flatMap(({ value, scope: inner }) => {
    const entry = entryOf(value, expression.name);
    return entry === null ? [] : resolve(entry, inner);
  });
}
