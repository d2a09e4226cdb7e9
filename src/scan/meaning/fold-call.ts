import type { Expression } from "../syntax/syntax.ts";
import { calleeOf, plainName } from "./callee.ts";
import { interestOf } from "./interest.ts";
import type { Scope } from "./scope.ts";
import { deeper } from "./scope.ts";
import { append, isUnknown, mapText, mostValues, plain, sequence, unknownText } from "./folded.ts";
import type { Folded } from "./folded.ts";
import { formatText, joinTexts } from "./format-text.ts";
import { listItems } from "./list-items.ts";
import { functionAt } from "./program.ts";
import type { Call } from "./program.ts";
import { resolveCall } from "./resolve-call.ts";

/** How the parts of a call are folded, which may be calls in turn. */
interface Folding {
  readonly fold: (expression: Expression, scope: Scope) => readonly Folded[];
  readonly resolve: (
    expression: Expression,
    scope: Scope,
  ) => readonly { readonly value: Expression; readonly scope: Scope }[];
}

/** Functions and methods that give a text put together by a template, by plain name. */
const formatters: ReadonlyMap<string, "printf" | "brace"> = new Map([
  ["sprintf", "printf"],
  ["sprint", "printf"],
  ["errorf", "printf"],
  ["vsprintf", "printf"],
  ["formatted", "printf"],
  ["format", "brace"],
  ["printf", "printf"],
]);

/** Of those, what every language's own texts have: a method of the program that only bears the name is another. */
const converting: ReadonlySet<string> = new Set(
  "trim trimstart trimend trimspace strip lstrip rstrip chomp tostring tos str string from into asstr asref asbytes bytes toowned clone dup freeze new intern encode decode copy get first last next join format map each all any collect push add append".split(
    " ",
  ),
);

/** Methods that give what they are called on, or what they are given, as far as a destruction is concerned. */
const transparent: ReadonlySet<string> = new Set(
  `trim trimstart trimend trimspace trimindent trimmargin stripindent stripmargin strip lstrip rstrip chomp dedent tostring tos str string
  from into asstr asref asbytes bytes toowned clone dup freeze text raw sql sqlraw literal unsafe identifier valueof intern encode decode
  dumps stringify new rawsql squish html_safe htmlsafe sqlstring build compile toarray tolist copy unindent heredoc prepare of ofnullable
  await filter compact reject select aslist arraylist listof mutablelistof setof arrayof vec tovec iter map each values all any flat getstring collect first last next
  box fromstatic cstring tobuffer buffer outdent codeblock multiline quote fromstring staticstr stmt statement query ddl rawquery rawstatement`
    .split(/\s+/)
    .filter(Boolean),
);

/** A call's value as a text: formats, joins, replacements, builders, what functions of the program return. */
export function foldCall(call: Call, scope: Scope, folding: Folding): readonly Folded[] {
  const { name, receiver } = calleeOf(call);
  const plainest = plainName(name);
  const [first, second] = call.args;
  const known = foldKnown(call, plainest, receiver, scope, folding);
  if (known !== null) return known;
  const returned = converting.has(plainest) && isGuess(call, scope) ? [] : foldReturned(call, scope, folding);
  if (returned.length > 0) return returned;
  if (transparent.has(plainest)) {
    // `list.map((each) => …)` gives what the list holds, as far as a destruction is concerned.
    const inner = first?.is === "function" ? receiver : (first ?? receiver);
    if (inner !== null && inner !== undefined) return foldAny(inner, scope, folding);
  }
  if (receiver !== null && call.args.length === 0)
    return folding.fold(receiver, scope).filter((each) => !isUnknown(each));
  // A function that this scan cannot see into: a lone text most often comes out as it went in.
  return second === undefined && first !== undefined && first.is !== "function"
    ? foldAny(first, scope, folding)
    : [unknownText];
}

/** Whether only its name says what a call runs. */
function isGuess(call: Call, scope: Scope): boolean {
  return resolveCall(call, scope).edge === "by-name";
}

/** A list as each of its items. */
function foldAny(expression: Expression, scope: Scope, folding: Folding): readonly Folded[] {
  return folding
    .resolve(expression, scope)
    .flatMap(({ value, scope: inner }) =>
      value.is === "list"
        ? value.items.flatMap((each) => folding.fold(each, inner))
        : folding.fold(value, inner),
    )
    .concat(expression.is === "name" || expression.is === "member" ? folding.fold(expression, scope) : [])
    .slice(0, mostValues);
}

function foldKnown(
  call: Call,
  name: string,
  receiver: Expression | null,
  scope: Scope,
  folding: Folding,
): readonly Folded[] | null {
  const [first, second] = call.args;
  const values = (args: readonly Expression[]): Parameters<typeof formatText>[2] => ({
    positional: args
      .flatMap((each) => (each.is === "list" ? each.items : [each]))
      .map((each) => folding.fold(each, scope)),
    named: new Map(
      call.named.flatMap(({ key, value }) =>
        key === null ? [] : [[key, folding.fold(value, scope)] as const],
      ),
    ),
  });
  const style = formatters.get(name);
  if (style !== undefined) {
    const isOnText = receiver !== null && (receiver.is === "text" || receiver.is === "join");
    const [template, args] =
      isOnText || (name === "formatted" && receiver !== null)
        ? [receiver, call.args]
        : [first, call.args.slice(1)];
    if (template === undefined) return null;
    const given = values(args);
    return folding
      .fold(template, scope)
      .flatMap((each) => formatText(each, styleOf(each.text, style), given));
  }
  switch (name) {
    case "join": {
      const listed = [receiver, first, second].find(
        (each) => each !== null && each !== undefined && itemsOf(each, scope, folding) !== null,
      );
      if (listed === undefined || listed === null) return null;
      const separator = [receiver, first, second].find(
        (each) => each !== null && each !== undefined && each !== listed && each.is !== "name",
      );
      return joinTexts(
        itemsOf(listed, scope, folding) ?? [],
        separator === undefined || separator === null
          ? [plain(scope.place.unit.family === "script" ? "," : "")]
          : folding.fold(separator, scope),
      );
    }
    case "concat":
      if (receiver === null || (receiver.is === "name" && /^[A-Z]/.test(receiver.name)))
        return sequence(values(call.args).positional);
      return sequence([folding.fold(receiver, scope), ...values(call.args).positional]);
    case "stringify":
    case "escapeshellarg":
    case "shellescape":
    case "quote":
      // A text in quotes, as a shell takes it.
      if (first === undefined || (name === "quote" && resolveCall(call, scope).targets.length > 0))
        return null;
      return folding.fold(first, scope).map((each) => append(append(plain('"'), each), plain('"')));
    case "split":
    case "splitlines":
    case "explode":
    case "lines": {
      // The parts of a script: whoever runs each of them runs the whole, which is the text that is more than a separator.
      const given = [...(receiver === null ? [] : [receiver]), ...call.args].filter(
        ({ is }) => is !== "function",
      );
      return (
        given
          .map((each) => folding.fold(each, scope))
          .find((texts) => texts.some(({ text }) => /\w/.test(text))) ?? null
      );
    }
    case "get":
    case "fetch":
    case "getordefault": {
      const isMap =
        receiver !== null && folding.resolve(receiver, scope).some(({ value }) => value.is === "map");
      return isMap && first !== undefined
        ? folding.fold({ is: "index", of: receiver, key: first, at: call.at }, scope)
        : null;
    }
    case "implode":
      return second === undefined || first === undefined
        ? null
        : joinTexts(itemsOf(second, scope, folding) ?? [], folding.fold(first, scope));
    case "toupper":
    case "touppercase":
    case "upper":
    case "upcase":
    case "strtoupper":
      return folding
        .fold(receiver === null || isModule(receiver) ? (first ?? call.callee) : receiver, scope)
        .map((each) => mapText(each, (text) => text.toUpperCase()));
    case "replace":
    case "replaceall":
    case "gsub":
    case "sub":
      return receiver === null || isModule(receiver)
        ? first === undefined
          ? null
          : folding.fold(first, scope)
        : folding.fold(receiver, scope);
    case "append":
    case "add":
    case "push":
    case "pushstr":
      return receiver === null || first === undefined
        ? null
        : sequence([
            folding.fold(receiver, scope).filter((each) => !isUnknown(each)),
            folding.fold(first, scope),
          ]);
    default:
      return null;
  }
}

function isModule(receiver: Expression): boolean {
  return receiver.is === "name" && ["strings", "bytes", "StringUtils", "String"].includes(receiver.name);
}

/** `String.format` of Java takes `%s`, that of C# `{0}`, Ruby's `%{name}`: the template itself says which. */
function styleOf(template: string, usual: "printf" | "brace"): "printf" | "brace" {
  if (usual === "printf" || /%(?:\{\w+\}|<\w+>)/.test(template)) return "printf";
  return /\{\w*[^{}]*\}/.test(template) ? "brace" : "printf";
}

/** The texts of a list's items; null for what is no list. */
function itemsOf(
  expression: Expression,
  scope: Scope,
  folding: Folding,
): readonly (readonly Folded[])[] | null {
  const items = listItems(expression, scope, folding.resolve);
  return items?.map((each) => folding.fold(each.value, each.scope)) ?? null;
}

/** What the functions of the program that a call may mean return, with these arguments. */
/** A function in a function in a function … is looked into so deep. */
const deepestCall = 4;

function foldReturned(call: Call, scope: Scope, folding: Folding): readonly Folded[] {
  const { program } = scope;
  if (scope.calls >= deepestCall || !interestOf(program).fold(call)) return [];
  const { targets, edge } = resolveCall(call, scope);
  if (targets.length === 0 || targets.length > (edge === "by-name" ? 1 : 3)) return [];
  const values = call.args.map((each) => folding.fold(each, deeper(scope, scope.place)));
  return targets.flatMap((place) => {
    const inner: Scope = { ...deeper(scope, place), given: { place, values }, calls: scope.calls + 1 };
    return functionAt(place).body.flatMap((statement) =>
      statement.do === "return" ? folding.fold(statement.value, inner) : [],
    );
  });
}
