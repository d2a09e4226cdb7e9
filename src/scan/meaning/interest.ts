import type { Expression } from "../syntax/syntax.ts";
import { calleeOf } from "./callee.ts";
import { isIterating } from "./callback-values.ts";
import { insideOf } from "./inside-of.ts";
import type { Program, Unit } from "./program.ts";

/** Which expressions may hold a text that destroys: all others need not be folded. */
export interface Interest {
  of(expression: Expression): boolean;
}

/** A text without any of these has no part in a destruction. */
const interesting =
  /drop|truncat|delet|owned|pg_|flush|swapdb|acl\b|purge|prune|destroy|reset|fresh|refresh|wipe|clean|absent|kubectl|uninstall|down\b|rm\b|\bdel\b|unlink|\beval|alter|session_replication|event_triggers|log_statement|\$JS|copy|dblink|execute|\bexec\b|\bdo\b|role|user\b|schema|database|login|keyspace|config|replicaof|slaveof|debug|disable|merge|psql|mysql|mongo|redis-cli|volume|namespace|rollback|remove|revoke|nologin|%s|\{\}/i;

/** Names are followed through so many assignments; a longer way is not what people write. */
const mostRounds = 12;

/**
 * Goes over a program until no more names are found that may hold such a text: by their names alone, whatever their scope, so that none is missed.
 */
export function createInterest(program: Program): Interest {
  const names = new Set<string>();
  for (let round = 0; round < mostRounds; round += 1) {
    const before = names.size;
    const known = new Map<Expression, boolean>();
    for (const unit of program.units) collect(unit, program, names, known);
    if (names.size === before) break;
  }
  const known = new Map<Expression, boolean>();
  return { of: (expression) => isInteresting(expression, names, known) };
}

function collect(unit: Unit, program: Program, names: Set<string>, known: Map<Expression, boolean>): void {
  for (const { local, exported } of unit.syntax.imports)
    if (local !== null && names.has(exported)) names.add(local);
  for (const [fn, { name, body, params }] of unit.syntax.functions.entries()) {
    for (const each of params)
      if (each.default !== null && isInteresting(each.default, names, known)) names.add(each.name);
    for (const statement of body) {
      if (!isInteresting(statement.value, names, known)) continue;
      if (statement.do === "return" && name !== null) names.add(name);
      if (statement.do === "set" && statement.target !== null) addPath(statement.target, names);
      visit(statement.value, unit, program, names, known);
    }
    for (const [target, sets] of unit.sets[fn] ?? []) {
      if (sets.some(({ value }) => isInteresting(value, names, known))) addPath(target, names);
    }
  }
}

function addPath(path: string, names: Set<string>): void {
  names.add(path.slice(path.lastIndexOf(".") + 1));
  const dot = path.lastIndexOf(".");
  if (dot > 0) names.add(path.slice(0, dot));
}

/** The keys of objects, and the parameters of what is given such a text to go through or to keep. */
function visit(
  expression: Expression,
  unit: Unit,
  program: Program,
  names: Set<string>,
  known: Map<Expression, boolean>,
): void {
  if (!isInteresting(expression, names, known)) return;
  if (expression.is === "map") {
    for (const { key, value } of expression.entries)
      if (key !== null && isInteresting(value, names, known)) names.add(key);
  }
  if (expression.is === "call") {
    const { name, receiver, chain } = calleeOf(expression);
    for (const arg of expression.args) {
      if (arg.is === "function" && isIterating(name)) {
        for (const each of unit.syntax.functions[arg.index]?.params.slice(0, 2) ?? []) names.add(each.name);
      }
    }
    const made = name === "new" ? (chain.at(-2) ?? "") : name;
    if (receiver === null || name === "new" || expression.how === "new") {
      for (const { unit: other, type } of program.typesNamed(unit.family, made)) {
        for (const each of other.syntax.functions) {
          if (each.owner === type.name) for (const param of each.params) names.add(param.name);
        }
      }
    }
  }
  for (const inside of insideOf(expression)) visit(inside, unit, program, names, known);
}

function isInteresting(
  expression: Expression,
  names: ReadonlySet<string>,
  known: Map<Expression, boolean>,
): boolean {
  const before = known.get(expression);
  if (before !== undefined) return before;
  const found = look(expression, names, known);
  known.set(expression, found);
  return found;
}

function look(expression: Expression, names: ReadonlySet<string>, known: Map<Expression, boolean>): boolean {
  switch (expression.is) {
    case "text":
      return interesting.test(expression.text);
    case "name":
      return names.has(expression.name);
    case "member":
      // A driver's constant for a command bears its name.
      return (
        names.has(expression.name) ||
        (/^[A-Z]+$/.test(expression.name) && interesting.test(expression.name)) ||
        isInteresting(expression.of, names, known)
      );
    case "call":
      return (
        expression.named.some(({ key }) => key !== null && interesting.test(key)) ||
        insideOf(expression).some((each) => isInteresting(each, names, known))
      );
    case "map":
      return expression.entries.some(
        ({ key, value }) => (key !== null && interesting.test(key)) || isInteresting(value, names, known),
      );
    default:
      return insideOf(expression).some((each) => isInteresting(each, names, known));
  }
}
