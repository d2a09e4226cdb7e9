import type { Destruction } from "../../destruction/destruction.ts";
import { hole } from "../../destruction/destruction.ts";
import { queryOfRequest } from "../../destruction/sql/query-of-request.ts";
import type { Expression } from "../syntax/syntax.ts";
import { fold, resolve } from "./fold.ts";
import { deeper } from "./scope.ts";
import type { Scope } from "./scope.ts";
import { isRepeated, isUnknown, plain } from "./folded.ts";
import type { Folded, Origin } from "./folded.ts";
import { interestOf } from "./interest.ts";
import type { Judges } from "./judges.ts";
import { lookUp } from "./look-up.ts";
import { dottedPath } from "../syntax/dotted-path.ts";
import { reaching } from "./reaching.ts";
import { functionAt } from "./program.ts";
import { resolveCall } from "./resolve-call.ts";

/** A destruction that a call executes, and the literals that ask for it. */
export interface Judged {
  readonly destruction: Destruction;
  readonly origins: ReadonlySet<Origin>;
}

/** Words that a text must hold to be worth a grammar: of SQL. */
const maybeSql =
  /\b(?:drop|truncate|delete|alter|reassign|pg_drop_replication_slot|pg_authid|pg_database|execute|exec|set|do|copy|merge|grant|reset|select|update|insert|with|call|begin|create)\b/i;
const sqlVerb = /drop|truncate|delete|alter|owned|pg_|dblink|disable|set|execute|copy/i;
const maybeShell =
  /(?:dropdb|dropuser|psql|mysql|mariadb|mongo|redis-cli|valkey-cli|sqlcmd|sqlplus|cqlsh|clickhouse|cockroach|prisma|typeorm|sequelize|rails|rake|artisan|manage\.py|kubectl|docker|podman|helm|flyway|liquibase|dotnet|aws|gcloud|az |doctl|heroku|fly|supabase|nats|rabbitmq|kafka|terraform|sqlite3|--(?:execute|command|eval)[= ]|pg_dropcluster|ecto|diesel|sqlx|doctrine|console|oc |rm )/;
const redisCommand =
  /^(?:flushall|flushdb|swapdb|acl|config|debug|replicaof|slaveof|function|eval|evalsha|eval_ro|script|restore|shutdown|del|unlink|cluster|failover|acl deluser|acl load)$/i;

/** A request of NATS, also where a client puts the prefix in front of the rest by itself. */
const natsRequest = /\$(?:JS|SYS)\.|^\s*\S*STREAM\.(?:MSG\.)?(?:DELETE|PURGE)\./;

/** A script in Lua that a server of Redis runs: `redis.eval(script)`, `NewScript(script)`, `ScriptEvaluate(script)`. */
const luaCall = /\b(?:redis|server|valkey)\s*\.\s*p?call\s*\(/;

/** What a call that executes destroys, by the texts, lists and documents that it is given. Of the values that one argument may have, alike ones are one. */
export function judgeArguments(
  args: readonly Expression[],
  scope: Scope,
  judges: Judges,
  isRun = true,
): readonly Judged[] {
  const end = statementEnd(args, scope);
  const texts = args.slice(0, end).flatMap((arg, index) => {
    // A word behind other texts is no command.
    const isFirst = args.slice(0, index).every((before) => fold(before, scope).every(isUnknown));
    return mergeAlike(foldTexts(arg, scope).map((text) => judgeText(text, judges, isRun && isFirst)));
  });
  const words = end < args.length ? [] : judgeWords(foldWords(args, scope), judges, isRun);
  // Of one that both tell, the words know the names.
  const isTold = ({ destruction }: Judged): boolean =>
    words.some(
      (each) => each.destruction.kind === destruction.kind && each.destruction.what === destruction.what,
    );
  return [...texts.filter((each) => !isTold(each)), ...words];
}

/** How many of a call's arguments may be run: behind a statement that has places for values, what fills them is data. */
export function statementEnd(args: readonly Expression[], scope: Scope): number {
  const statement = args.findIndex((arg) => fold(arg, scope).some(({ text }) => takesValues.test(text)));
  return statement < 0 ? args.length : statement + 1;
}

/** A statement with places for values: `INSERT INTO log VALUES ($1)`. */
const takesValues =
  /^\s*(?:select|insert|update|delete|with|merge|call|replace)\b[^]*(?:\$\d|\?|%s|%\(\w+\)s|[\s(,=][:@][a-z]\w*)/i;

/** The destructions of several values of one argument: the first of a kind in one is the first of that kind in another. */
function mergeAlike(values: readonly (readonly Judged[])[]): readonly Judged[] {
  const merged = new Map<string, { destruction: Destruction; names: Set<string>; origins: Set<Origin> }>();
  for (const judged of values) {
    const counts = new Map<string, number>();
    for (const { destruction, origins } of judged) {
      const alike = `${destruction.kind} ${destruction.what}`;
      const count = counts.get(alike) ?? 0;
      counts.set(alike, count + 1);
      const before = merged.get(`${alike} ${count}`);
      if (before === undefined) {
        const names = new Set(destruction.names);
        merged.set(`${alike} ${count}`, { destruction, names, origins: new Set(origins) });
        continue;
      }
      for (const name of destruction.names) before.names.add(name);
      for (const origin of origins) before.origins.add(origin);
    }
  }
  return Array.from(merged.values(), ({ destruction, names, origins }) => ({
    destruction: { ...destruction, names: [...names] },
    origins,
  }));
}

/** The texts that an argument may be; of a list or an object, the texts in it. Those of which nothing is known only when asked for. */
export function foldTexts(
  expression: Expression,
  scope: Scope,
  depth = 0,
  withUnknown = false,
): readonly Folded[] {
  if (depth > 4) return [];
  if (!interestOf(scope.program).fold(expression)) return withUnknown ? fold(expression, scope) : [];
  const resolved = resolve(expression, scope);
  const inside = resolved.flatMap(({ value, scope: inner }) => {
    if (value.is === "list")
      return value.items.flatMap((each) => foldTexts(each, inner, depth + 1, withUnknown));
    if (value.is === "map")
      return value.entries.flatMap((each) => foldTexts(each.value, inner, depth + 1, withUnknown));
    return [];
  });
  return [...inside, ...fold(expression, scope).filter((each) => withUnknown || !isUnknown(each))];
}

/** What a text repeats behind its first hundreds of characters says nothing more. */
const longestRepeated = 600;

/** What one text destroys, whatever language it is in. `isRun` when something is known to run it, `isHanded` when it is given to something. */
export function judgeText(folded: Folded, judges: Judges, isRun = true, isHanded = true): readonly Judged[] {
  const { origins } = folded;
  const text = isRepeated(folded) ? folded.text.slice(0, longestRepeated) : folded.text;
  const found: Destruction[] = [];
  if (sqlVerb.test(text) && maybeSql.test(text)) {
    const asked = queryOfRequest(text)?.text ?? text;
    found.push(...judges.sql(asked.replaceAll("??", hole)));
  }
  if (found.length === 0 && isHanded && maybeShell.test(text) && /\s/.test(text.trim()))
    found.push(...judges.shell(text));
  const words = text.trim().split(/\s+/);
  // A word alone is a command only where something runs it.
  const isCommand = isRun || words.length > 1;
  if (found.length === 0 && isCommand && words.length <= 8 && redisCommand.test(words[0] ?? "")) {
    const one = judges.redis(words);
    if (one !== null) found.push(one);
  }
  if (found.length === 0 && luaCall.test(text)) {
    const one = judges.redis(["EVAL", text]);
    if (one !== null) found.push(one);
  }
  if (found.length === 0 && natsRequest.test(text)) {
    const one = judges.natsSubject(text.trim());
    if (one !== null) found.push(one);
  }
  if (found.length === 0 && /^\s*(?:db|use|admin|rs|sh)\b[^]*\bdrop/.test(text))
    found.push(...judges.mongoScript(text));
  if (found.length === 0 && /^\s*\{/.test(text)) {
    const key = /^\s*\{\s*["']?(\w+)["']?\s*:/.exec(text)?.[1];
    const one = key === undefined ? null : judges.mongoCommand([key]);
    if (one !== null) found.push(one);
  }
  return found.map((destruction) => ({ destruction, origins }));
}

/** A list of more is no command; one that is put into itself has no end. */
const mostWords = 2000;

/** To look for what is added to a list takes longer than to fold a word. */
const listCost = 50;
/** A call's arguments as the words of one command; a list gives its items. An argument with several values gives its first. */
export function foldWords(
  args: readonly Expression[],
  scope: Scope,
  budget = { left: mostWords },
): readonly Folded[] {
  return args.flatMap((arg): readonly Folded[] => {
    budget.left -= 1;
    if (arg.is === "function" || budget.left < 0) return [];
    const items = listItems(arg, scope);
    if (items !== null) {
      budget.left -= listCost;
      return items.flatMap((each) => foldWords([each.value], each.scope, budget));
    }
    const [value] = fold(arg, scope);
    // A driver's constant for a command bears its name: `Protocol.Command.FLUSHALL`.
    const isConstant =
      arg.is === "member" && value !== undefined && isUnknown(value) && redisCommand.test(arg.name);
    return isConstant ? [plain(arg.name)] : value === undefined ? [] : [value];
  });
}

interface Item {
  readonly value: Expression;
  readonly scope: Scope;
}

/** What a list holds, with what is added to it later, or what a function of the program puts into the one that it returns; null for what is none. */
export function listItems(arg: Expression, scope: Scope, depth = 0): readonly Item[] | null {
  if (depth > 4) return null;
  const grown = grownList(arg, scope, depth);
  if (grown !== null) return grown;
  const lists = resolve(arg, scope).flatMap(({ value, scope: inner }): readonly (readonly Item[])[] => {
    if (value.is === "list") return [value.items.map((each) => ({ value: each, scope: inner }))];
    if (value.is === "other" && value.inside.length === 1 && value.inside[0] !== undefined) {
      const spread = listItems(value.inside[0], inner, depth + 1);
      return spread === null ? [] : [spread];
    }
    if (value.is !== "call") return [];
    const { targets, edge } = resolveCall(value, inner);
    const [target] = targets;
    if (target === undefined || targets.length > 1 || edge === "by-name") return [];
    const returned = functionAt(target).body.flatMap((each) => (each.do === "return" ? [each.value] : []));
    const items = returned.slice(0, 1).map((each) => listItems(each, deeper(inner, target), depth + 1));
    return items.flatMap((each) => (each === null ? [] : [each]));
  });
  return lists.length === 0 ? null : lists.flat();
}

/** What a name's list begins with, and what is added to it one by one before it is read: `args = append(args, "-c", sql)`; null where nothing is added to a list. */
function grownList(arg: Expression, scope: Scope, depth: number): readonly Item[] | null {
  const path = dottedPath(arg);
  const meaning = path === null ? null : lookUp(scope.program, scope.place, path);
  if (path === null || meaning?.is !== "values" || !meaning.definitions.some(({ set }) => set.isAppend))
    return null;
  const items: Item[] = [];
  let hasList = false;
  for (const { set, ...place } of reaching(meaning.definitions, path, scope.place, arg.at)) {
    const inner = deeper(scope, place);
    const own =
      set.value.is === "name" && set.value.name === path ? null : listItems(set.value, inner, depth + 1);
    hasList ||= own !== null;
    items.push(...(own ?? (set.isAppend ? [{ value: set.value, scope: inner }] : [])));
  }
  return hasList ? items : null;
}

/** A method that is itself the first word of a command of Redis: `client.acl("DELUSER", name)`. */
export function judgeMethod(
  name: string,
  args: readonly Expression[],
  scope: Scope,
  judges: Judges,
): readonly Judged[] {
  return prefixes.test(name) ? judgeWords([plain(name), ...foldWords(args, scope)], judges) : [];
}
const prefixes = /^(?:acl|config|debug|function|cluster|config_?set|replica_?of|slave_?of|swap_?db)$/i;

/** The words of a command: of the system, where the first names a program, or of Redis. Leading unknowns (a context, a client) do not count. */
export function judgeWords(words: readonly Folded[], judges: Judges, isRun = true): readonly Judged[] {
  const start = words.findIndex((each) => !isUnknown(each));
  if (start < 0) return [];
  const used = words.slice(start);
  const texts = used.map((each) => each.text);
  const origins = new Set(used.flatMap((each) => [...each.origins]));
  const first = texts[0]?.trim() ?? "";
  // `emit("flushall")`: where nothing runs it, one word is none.
  if (redisCommand.test(first) && (isRun || (used[1] !== undefined && !isUnknown(used[1])))) {
    const one = judges.redis(texts);
    if (one !== null) return [{ destruction: one, origins }];
  }
  if (first === "" || /\s/.test(first) || first.includes(hole)) return [];
  const known =
    maybeShell.test(`${texts.join(" ")} `) ||
    /^(?:sh|bash|zsh|sudo|env|cmd|cmd\.exe|powershell|pwsh)$/.test(first);
  return known ? judges.command(texts, null).map((destruction) => ({ destruction, origins })) : [];
}
