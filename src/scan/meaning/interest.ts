import type { Expression } from "../syntax/syntax.ts";
import { calleeOf } from "./callee.ts";
import { isIterating } from "./callback-values.ts";
import { insideOf } from "./inside-of.ts";
import { enclosing, functionAt, selfNames } from "./program.ts";
import type { Place, Program, Unit } from "./program.ts";

/** Which expressions may hold a text that destroys: all others need not be folded. */
export interface Interest {
  of(expression: Expression): boolean;
}

/** A text without any of these has no part in a destruction. */
const interesting =
  /drop|truncat|delet|owned|pg_|flush|swapdb|acl\b|purge|prune|destroy|reset|fresh|refresh|wipe|clean|absent|kubectl|uninstall|down\b|rm\b|\bdel\b|unlink|\beval|alter|session_replication|event_triggers|log_statement|\$JS|copy|dblink|execute|\bexec\b|\bdo\b|role|user\b|schema|database|login|keyspace|config|replicaof|slaveof|debug|disable|merge|psql|mysql|mongo|redis-cli|volume|namespace|rollback|remove|revoke|nologin|%s|\{\}/i;

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
  const search: Search = { program, sinks: [] };
  for (const unit of program.units) collect(unit, search);
  const names = spread(search.sinks);
  const seen = new Map<Expression, boolean>();
  for (const unit of program.units) {
    for (const [fn, { body, params }] of unit.syntax.functions.entries()) {
      for (const { value } of body) isInteresting(value, { unit, fn }, names, seen);
      for (const each of params)
        if (each.default !== null) isInteresting(each.default, { unit, fn }, names, seen);
    }
  }
  // What was made up on the way is not known, and folded.
  return { of: (expression) => seen.get(expression) ?? true };
}

/** Names that get their value from an expression. */
interface Sink {
  readonly targets: readonly string[];
  /** The names that stand in the expression. */
  readonly sources: Set<string>;
  /** Whether a text that may destroy stands in it. */
  hasText: boolean;
}

interface Search {
  readonly program: Program;
  readonly sinks: Sink[];
}

/** From the names that hold such a text to those that take their value from them. */
function spread(sinks: readonly Sink[]): ReadonlySet<string> {
  const bySource = new Map<string, Sink[]>();
  for (const sink of sinks) {
    for (const source of sink.sources) {
      const list = bySource.get(source);
      if (list === undefined) bySource.set(source, [sink]);
      else list.push(sink);
    }
  }
  const names = new Set<string>();
  const queue: Sink[] = sinks.filter(({ hasText }) => hasText);
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const target of next.targets) {
      if (names.has(target)) continue;
      names.add(target);
      queue.push(...(bySource.get(target) ?? []));
    }
  }
  return names;
}

function collect(unit: Unit, search: Search): void {
  for (const { local, exported } of unit.syntax.imports) {
    if (local !== null) search.sinks.push({ targets: [local], sources: new Set([exported]), hasText: false });
  }
  for (const [fn, { name, body, params, parent, isExported }] of unit.syntax.functions.entries()) {
    const place = { unit, fn };
    for (const each of params) {
      if (each.default !== null)
        visit(each.default, place, [open(search, [keyIn(place, each.name)])], search);
    }
    for (const statement of body) {
      const targets =
        statement.do === "return" && name !== null
          ? [nameKey({ unit, fn: parent ?? 0 }, name, isExported)]
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
  const sink: Sink = { targets, sources: new Set(), hasText: false };
  if (targets.length > 0) sinks.push(sink);
  return sink;
}

function keyIn({ unit, fn }: Place, name: string): string {
  return `${unit.id}:${fn}:${name}`;
}

/** What a name means where it stands: that of the function around it which sets it or takes it, else one of everybody. */
function keyOf(place: Place, name: string): string {
  for (const each of enclosing(place)) {
    if (each.fn === 0 && each.unit.family !== "script") break;
    if (
      each.unit.sets[each.fn]?.has(name) === true ||
      functionAt(each).params.some((param) => param.name === name)
    )
      return keyIn(each, name);
  }
  return name;
}

/** A name of a file is seen by others in most languages; in TypeScript and JavaScript when it is exported. */
function nameKey(place: Place, name: string, isExported: boolean): string {
  return place.fn === 0 && (isExported || place.unit.family !== "script") ? name : keyIn(place, name);
}

function pathKeys(place: Place, path: string, isExported: boolean): readonly string[] {
  const dot = path.lastIndexOf(".");
  // An exported name is read in its own file, too.
  if (dot < 0) return [nameKey(place, path, isExported), keyIn(place, path)];
  const head = path.slice(0, path.indexOf("."));
  return selfNames.has(head) ? [path.slice(dot + 1)] : [path.slice(dot + 1), keyOf(place, head), head];
}

/** Tells the sinks around an expression what stands in it; entries of objects, and parameters of what goes through it, get sinks of their own. */
function visit(expression: Expression, place: Place, sinks: readonly Sink[], search: Search): void {
  switch (expression.is) {
    case "text":
      if (interesting.test(expression.text)) for (const sink of sinks) sink.hasText = true;
      return;
    case "name": {
      const key = keyOf(place, expression.name);
      for (const sink of sinks) sink.sources.add(key).add(expression.name);
      return;
    }
    case "member":
      for (const sink of sinks) sink.sources.add(expression.name);
      visit(expression.of, place, sinks, search);
      return;
    case "map":
      for (const { key, value } of expression.entries) {
        if (key !== null && interesting.test(key)) for (const sink of sinks) sink.hasText = true;
        visit(value, place, key === null ? sinks : [...sinks, open(search, [key])], search);
      }
      return;
    case "call": {
      const given = open(search, parametersOf(expression, place, search));
      const inner = given.targets.length === 0 ? sinks : [...sinks, given];
      if (expression.named.some(({ key }) => key !== null && interesting.test(key)))
        for (const sink of inner) sink.hasText = true;
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
  for (const { unit: other, type } of program.typesNamed(unit.family, made)) {
    for (const [fn, { owner, params }] of other.syntax.functions.entries()) {
      if (owner === type.name) keys.push(...params.map((each) => keyIn({ unit: other, fn }, each.name)));
    }
  }
  return keys;
}

function isInteresting(
  expression: Expression,
  place: Place,
  names: ReadonlySet<string>,
  seen: Map<Expression, boolean>,
): boolean {
  // Every part is looked at, so that each is known afterwards.
  let found = isByItself(expression, place, names);
  for (const each of insideOf(expression)) if (isInteresting(each, place, names, seen)) found = true;
  seen.set(expression, found);
  return found;
}

function isByItself(expression: Expression, place: Place, names: ReadonlySet<string>): boolean {
  switch (expression.is) {
    case "text":
      return interesting.test(expression.text);
    case "name":
      return names.has(expression.name) || names.has(keyOf(place, expression.name));
    case "member":
      // A driver's constant for a command bears its name.
      return (
        names.has(expression.name) || (/^[A-Z]+$/.test(expression.name) && interesting.test(expression.name))
      );
    case "map":
      return expression.entries.some(({ key }) => key !== null && interesting.test(key));
    case "call":
      return expression.named.some(({ key }) => key !== null && interesting.test(key));
    default:
      return false;
  }
}
