import type { Turns } from "../../run/turns.ts";
import type { Expression, Statement } from "../syntax/syntax.ts";
import { calleeOf } from "./callee.ts";
import { mayBeClientMethod } from "./client-methods.ts";
import { interestOf } from "./interest.ts";
import { scopeAt } from "./scope.ts";
import type { Scope } from "./scope.ts";
import type { Origin } from "./folded.ts";
import { harmless, neutral } from "./holder.ts";
import type { Holder } from "./holder.ts";
import { judgeArguments, statementEnd } from "./judge-arguments.ts";
import type { Judges } from "./judges.ts";
import { judgeHeld } from "./judge-receiver.ts";
import { isExpected, judgeRun } from "./judge-run.ts";
import { originsOf } from "./origins-of.ts";
import { createParameterRoles } from "./parameter-roles.ts";
import type { Call, Program } from "./program.ts";
import { nowhere, resolveCall } from "./resolve-call.ts";
import { withinStack } from "./within-stack.ts";
import { contextOfKey } from "./role-by-name.ts";
import { shows } from "./role.ts";
import type { HarmlessContext } from "./role.ts";
import { roleOf } from "./role-of-call.ts";
import { judgeSetting, judgeType } from "./judge-setting.ts";
import type { Candidate, Handed, Run, Setting, Uses } from "./uses.ts";

/** Goes through all expressions of a program, and notes what is done with texts. */
export async function gatherUses(program: Program, judges: Judges, turns: Turns): Promise<Uses> {
  const runs: Run[] = [];
  const handed: Handed[] = [];
  const candidates: Candidate[] = [];
  const settings: Setting[] = [];
  const shown = new Map<Origin, HarmlessContext>();
  const tooDeep = new Set<string>();
  const parameterRoles = createParameterRoles(program);
  const interest = interestOf(program);

  const walk = (expression: Expression, scope: Scope, holder: Holder): void => {
    if (interest.isQuiet(expression)) return;
    switch (expression.is) {
      case "call":
        walkCall(expression, scope, holder);
        return;
      case "text":
      case "join":
      case "format":
        if (interest.judge(expression)) {
          candidates.push({ expression, scope, context: holder.context, isHarmless: holder.isHarmless });
        }
        for (const part of partsOf(expression)) walkNested(part, scope, holder);
        return;
      case "map":
        for (const entry of expression.entries) {
          const setting = judgeSetting(entry, scope.place.unit);
          if (setting !== null) settings.push({ place: scope.place, at: entry.at, destruction: setting });
          const held = heldByKey(entry.key, holder);
          if (held !== holder) markShown(entry.value, scope, "documented");
          walk(entry.value, scope, held);
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
    if (!interest.judge(expression)) return;
    for (const origin of originsOf(expression, scope)) {
      if (!shown.has(origin)) shown.set(origin, context);
    }
  };

  const walkCall = (call: Call, scope: Scope, holder: Holder): void => {
    const callee = calleeOf(call);
    const args = [...call.args, ...call.named.map(({ value }) => value)];
    const isInteresting = interest.judge(call);
    const needsTarget = isInteresting || mayBeClientMethod(callee.name);
    const resolved = needsTarget ? resolveCall(call, scope) : nowhere;
    if (callee.receiver !== null) walkReceiver(callee.receiver, scope, holder);
    else if (call.callee.is !== "name") walkNested(call.callee, scope, holder);
    const role = isExpected(scope, holder)
      ? shows("asserted")
      : roleOf(call, callee, resolved, parameterRoles);
    const judged = judgeRun({ call, callee, resolved, role, scope, holder, judges, isInteresting });
    runs.push(...judged.runs);
    handed.push(...judged.handed);
    const passed: Holder = holder.isHarmless
      ? holder
      : { context: "passed", isHarmless: false, name: callee.name };
    switch (role.does) {
      case "executes": {
        const end = isInteresting ? statementEnd(args, scope) : args.length;
        for (const arg of args.slice(0, end)) walk(arg, scope, passed);
        for (const arg of args.slice(end)) {
          markShown(arg, scope, "documented");
          walk(arg, scope, harmless("documented", callee.name));
        }
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
        if (!holder.isHarmless && isInteresting) {
          for (const each of [
            ...judgeArguments(args, scope, judges, false),
            ...judgeHeld(args, call.at, scope, judges),
          ]) {
            handed.push({ ...each, place: scope.place, call, context: "passed" });
          }
        }
        for (const arg of call.args) walk(arg, scope, passed);
        for (const { key, value } of call.named) {
          const held = heldByKey(key, passed);
          if (held !== passed) markShown(value, scope, "documented");
          walk(value, scope, held);
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
    for (const type of unit.syntax.types) {
      const setting = judgeType(type, unit);
      if (setting !== null) settings.push({ place: { unit, fn: 0 }, ...setting });
    }
    for (const [fn, { name, body, params }] of unit.syntax.functions.entries()) {
      const scope = scopeAt(program, { unit, fn });
      const follow = (value: Expression, holder: Holder): void => {
        if (!withinStack(() => walk(value, scope, holder))) tooDeep.add(unit.path);
      };
      for (const each of params)
        if (each.default !== null) follow(each.default, neutral("stored", each.name));
      for (const statement of body) {
        const holder = telling.has(name ?? "")
          ? harmless("documented", name ?? "")
          : heldByStatement(statement);
        if (statement.do === "set" && holder.isHarmless) markShown(statement.value, scope, "documented");
        follow(statement.value, holder);
        const turn = turns.take();
        if (turn !== null) await turn;
      }
    }
  }
  return { runs, handed, candidates, settings, shown, tooDeep };
}

/** Functions that say what something is: what they give is for people, unless something is seen to run it. */
const telling: ReadonlySet<string> = new Set(
  "toString ToString String __str__ __repr__ inspect fmt Error".split(" "),
);

function heldByKey(key: string | null, holder: Holder): Holder {
  const documentary = key === null ? null : contextOfKey(key);
  return documentary === null || holder.isHarmless ? holder : harmless(documentary, key ?? "");
}

function heldByStatement(statement: Statement): Holder {
  switch (statement.do) {
    case "run":
      // A text that stands alone is documentation.
      return statement.value.is === "text" ? harmless("documented", "") : neutral("stored", "");
    case "set": {
      const name = statement.target?.split(".").at(-1) ?? "";
      return heldByKey(name, neutral("stored", name));
    }
    case "return":
      return neutral("returned", "");
    case "throw":
      return harmless("raised", "");
  }
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
