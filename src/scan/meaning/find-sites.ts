import type { Confidence, Context, Site } from "../site.ts";
import type { Destruction } from "../../destruction/destruction.ts";
import type { Expression, Statement } from "../syntax/syntax.ts";
import { calleeOf, chainOf } from "./callee.ts";
import type { Callee } from "./callee.ts";
import { clientMethod } from "./client-methods.ts";
import { resolve, scopeAt } from "./fold.ts";
import type { Scope } from "./fold.ts";
import type { Origin } from "./folded.ts";
import { judgeArguments, judgeDocument, judgeMethod } from "./judge-arguments.ts";
import type { Judged } from "./judge-arguments.ts";
import type { Judges } from "./judges.ts";
import { judgeCandidates } from "./judge-candidates.ts";
import type { Candidate } from "./judge-candidates.ts";
import { originsOf } from "./origins-of.ts";
import { createParameterRoles } from "./parameter-roles.ts";
import { bareName, functionAt, namedFunction } from "./program.ts";
import type { Call, Place, Program } from "./program.ts";
import { resolveCall } from "./resolve-call.ts";
import type { Resolved } from "./resolve-call.ts";
import { contextOfKey } from "./role-by-name.ts";
import type { HarmlessContext } from "./role.ts";
import { roleOf } from "./role-of-call.ts";
import { typeOf } from "./type-of.ts";

/** A site, and the function that it stands in. */
export interface PlacedSite extends Site {
  readonly place: Place;
}

/** What a text's surroundings do with it. */
interface Holder {
  readonly context: Exclude<Context, "executed">;
  readonly isHarmless: boolean;
  /** Whether a call or a name says so, rather than nothing. */
  readonly name: string;
}

/** A destruction that is handed to a call of which nothing is known: it counts where no other call is seen to execute it. */
interface Handed extends Judged {
  readonly place: Place;
  readonly at: number;
}

/** Every destruction that the code of a program asks for, one for each call that executes it, or for each literal that no call was seen to. */
export function findSites(program: Program, judges: Judges): readonly PlacedSite[] {
  const sites: PlacedSite[] = [];
  const executed = new Set<Origin>();
  const shown = new Map<Origin, HarmlessContext>();
  const candidates: Candidate[] = [];
  const handed: Handed[] = [];
  const parameterRoles = createParameterRoles(program);

  const addSite = (
    place: Place,
    at: number,
    destruction: Destruction,
    context: Context,
    confidence: Confidence,
  ): void => {
    const { kind, what, names } = destruction;
    const isKnown = sites.some(
      (each) =>
        each.place.unit === place.unit &&
        each.at === at &&
        each.kind === kind &&
        each.what === what &&
        each.names.join() === names.join(),
    );
    if (!isKnown) sites.push({ kind, what, names, at, context, confidence, place });
  };

  const walk = (expression: Expression, scope: Scope, holder: Holder): void => {
    switch (expression.is) {
      case "call":
        walkCall(expression, scope, holder);
        return;
      case "text":
      case "join":
      case "format":
        candidates.push({ expression, scope, context: holder.context, isHarmless: holder.isHarmless });
        for (const part of partsOf(expression)) walkNested(part, scope, holder);
        return;
      case "map":
        for (const { key, value } of expression.entries) {
          const documentary = key === null ? null : contextOfKey(key);
          walk(
            value,
            scope,
            documentary === null || holder.isHarmless ? holder : harmless(documentary, key ?? ""),
          );
        }
        return;
      case "list":
        for (const item of expression.items) walk(item, scope, holder);
        return;
      case "choice":
        for (const option of expression.options) walk(option, scope, holder);
        return;
      case "compare":
        for (const side of expression.sides) {
          markShown(side, scope, "compared");
          walk(side, scope, harmless("compared", ""));
        }
        return;
      case "member":
        walkNested(expression.of, scope, holder);
        return;
      case "index":
        walkNested(expression.of, scope, holder);
        walk(expression.key, scope, harmless("compared", ""));
        return;
      case "other":
        for (const inside of expression.inside) walk(inside, scope, holder);
        return;
      case "name":
      case "function":
      case "pattern":
        return;
    }
  };

  /** What stands inside of a text: its calls are looked at, its own literals are part of it. */
  const walkNested = (expression: Expression, scope: Scope, holder: Holder): void => {
    if (expression.is === "text") return;
    if (expression.is === "join" || expression.is === "format") {
      for (const part of partsOf(expression)) walkNested(part, scope, holder);
      return;
    }
    walk(expression, scope, holder);
  };

  const markShown = (expression: Expression, scope: Scope, context: HarmlessContext): void => {
    for (const origin of originsOf(expression, scope)) {
      if (!shown.has(origin)) shown.set(origin, context);
    }
  };

  const walkCall = (call: Call, scope: Scope, holder: Holder): void => {
    const callee = calleeOf(call);
    const args = [...call.args, ...call.named.map(({ value }) => value)];
    const resolved = resolveCall(call, scope);
    if (callee.receiver !== null) walkReceiver(callee.receiver, scope, holder);
    else if (call.callee.is !== "name") walkNested(call.callee, scope, holder);
    const role = roleOf(call, callee, resolved, parameterRoles);
    const { unit } = scope.place;
    // What runs, runs, whatever is done with its result; but what a mock is told to expect does not.
    const isMocked = holder.isHarmless && mocking.has(holder.name.toLowerCase());
    if (!isMocked && !isOwn(resolved, callee, scope)) {
      const chain =
        callee.receiver === null ? callee.chain : [...receiverNames(callee.receiver, scope), callee.name];
      const method = clientMethod(
        { ...callee, chain },
        { mentions: (pattern) => unit.mentions.some((each) => pattern.test(each)) },
      );
      if (method !== null) {
        addSite(
          scope.place,
          call.at,
          { ...method, names: [], at: 0, certainty: "likely" },
          "executed",
          method.isSure ? "high" : "medium",
        );
      }
    }
    switch (role.does) {
      case "executes": {
        const judged = [
          ...judgeArguments(args, scope, judges),
          ...judgeMethod(callee.name, args, scope, judges),
        ];
        const documents = unit.mentions.includes("mongo")
          ? [...args, namedDocument(call)].flatMap((each) => judgeDocument(each, scope, judges))
          : [];
        for (const { destruction, origins } of [...judged, ...documents]) {
          if (!isMocked) {
            addSite(
              scope.place,
              call.at,
              destruction,
              "executed",
              !role.isSure ? "medium" : destruction.certainty === "certain" ? "high" : "medium",
            );
          }
          for (const origin of origins) executed.add(origin);
        }
        for (const arg of args)
          walk(
            arg,
            scope,
            holder.isHarmless ? holder : { context: "passed", isHarmless: false, name: callee.name },
          );
        return;
      }
      case "shows":
        for (const arg of args) {
          markShown(arg, scope, role.as);
          walk(arg, scope, harmless(role.as, callee.name));
        }
        return;
      case "passes":
        for (const arg of args) walk(arg, scope, holder);
        return;
      case "unknown":
        // A constant or a built text that is handed over: here is where it leaves what can be seen.
        if (!holder.isHarmless) {
          for (const judged of judgeArguments(args, scope, judges, false)) {
            handed.push({ ...judged, place: scope.place, at: call.at });
          }
        }
        for (const arg of call.args)
          walk(
            arg,
            scope,
            holder.isHarmless ? holder : { context: "passed", isHarmless: false, name: callee.name },
          );
        for (const { key, value } of call.named) {
          const documentary = key === null ? null : contextOfKey(key);
          walk(
            value,
            scope,
            holder.isHarmless
              ? holder
              : documentary === null
                ? { context: "passed", isHarmless: false, name: callee.name }
                : harmless(documentary, key ?? ""),
          );
        }
    }
  };

  const walkReceiver = (receiver: Expression, scope: Scope, holder: Holder): void => {
    // `"…".format(x)`, `["DROP", "DATABASE"].join(" ")`: the text is what the call gives, and stands where the call does.
    if (receiver.is === "text" || receiver.is === "join" || receiver.is === "list")
      walk(receiver, scope, holder);
    else walkNested(receiver, scope, holder);
  };

  for (const unit of program.units) {
    for (const [fn, { body, params }] of unit.syntax.functions.entries()) {
      const scope = scopeAt(program, { unit, fn });
      for (const each of params) {
        if (each.default !== null)
          walk(each.default, scope, { context: "stored", isHarmless: false, name: each.name });
      }
      for (const statement of body) walkStatement(statement, scope, walk);
    }
  }
  for (const { place, at, destruction, origins } of handed) {
    if ([...origins].some((each) => executed.has(each) || shown.has(each))) continue;
    addSite(place, at, destruction, "passed", "medium");
  }
  for (const { origins } of handed) for (const each of origins) executed.add(each);
  for (const { place, at, destruction, context } of judgeCandidates(candidates, executed, shown, judges)) {
    addSite(place, at, destruction, context, context === "passed" ? "medium" : "low");
  }
  return sites.toSorted((a, b) => a.place.unit.id - b.place.unit.id || a.at - b.at);
}

function walkStatement(
  statement: Statement,
  scope: Scope,
  walk: (expression: Expression, scope: Scope, holder: Holder) => void,
): void {
  switch (statement.do) {
    case "run":
      // A text that stands alone is documentation.
      walk(
        statement.value,
        scope,
        statement.value.is === "text"
          ? harmless("documented", "")
          : { context: "stored", isHarmless: false, name: "" },
      );
      return;
    case "set": {
      const name = statement.target?.split(".").at(-1) ?? "";
      const documentary = contextOfKey(name);
      walk(
        statement.value,
        scope,
        documentary === null ? { context: "stored", isHarmless: false, name } : harmless(documentary, name),
      );
      return;
    }
    case "return":
      walk(statement.value, scope, { context: "returned", isHarmless: false, name: "" });
      return;
    case "throw":
      walk(statement.value, scope, harmless("raised", ""));
  }
}

/** What tells a mock which calls to expect. */
const mocking: ReadonlySet<string> = new Set(
  "when whenever given verify doreturn dothrow every coevery mock stub inorder expectcall calling allow receive".split(
    " ",
  ),
);

function harmless(context: HarmlessContext, name: string): Holder {
  return { context, isHarmless: true, name };
}

function partsOf(expression: Extract<Expression, { is: "text" | "join" | "format" }>): readonly Expression[] {
  switch (expression.is) {
    case "text":
      return [];
    case "join":
      return expression.parts;
    case "format":
      return [expression.template, ...expression.values, ...expression.named.map(({ value }) => value)];
  }
}

/** `command(dropUser: "bob")`: named arguments are a document, too. */
function namedDocument({ named, at }: Call): Expression {
  return { is: "map", entries: named, type: null, at };
}

/** Whether a call runs a function of the program, whose own body is looked at. One by name alone in a function of the same name hands on to something else. */
function isOwn({ targets, edge }: Resolved, { name, receiver }: Callee, scope: Scope): boolean {
  const { program, place } = scope;
  const type = receiver === null ? null : typeOf(receiver, scope);
  if (type !== null && program.typesNamed(place.unit.family, bareName(type)).length > 0) return true;
  if (targets.length === 0) return false;
  if (edge !== "by-name") return true;
  const named = namedFunction(place);
  return targets.length <= 3 && (named === null || functionAt(named).name !== name);
}

/** The names along a receiver, with what a variable in it was made of, or its declared type. */
function receiverNames(receiver: Expression, scope: Scope): readonly string[] {
  const own = chainOf(receiver);
  if (receiver.is !== "name" && receiver.is !== "member") return own;
  const type = typeOf(receiver, scope);
  if (type !== null) return [...own, ...type.split(/::|\.|\\/)];
  const made = resolve(receiver, scope).find(({ value }) => value.is === "call");
  return made === undefined ? own : [...chainOf(made.value)];
}
