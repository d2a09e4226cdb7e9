import type { Destruction } from "../destruction.ts";
import { showName } from "../found.ts";
import type { ScriptToken } from "./read-script.ts";

type JudgeCommand = (keys: readonly string[]) => Destruction | null;

/** Methods that destroy whatever they are called on, for no other object has them. */
const methods: ReadonlyMap<string, Destruction["kind"]> = new Map([
  ["dropDatabase", "mongo-database"],
  ["dropUser", "mongo-user"],
  ["removeUser", "mongo-user"],
  ["dropAllUsers", "mongo-user"],
  ["dropRole", "mongo-user"],
  ["dropAllRoles", "mongo-user"],
  ["shutdownServer", "functional"],
]);
const commandMethods: ReadonlySet<string> = new Set([
  "runCommand",
  "adminCommand",
  "command",
  "_adminCommand",
]);
const suspicious: ReadonlySet<string> = new Set([
  ...methods.keys(),
  ...commandMethods,
  "drop",
  "deleteMany",
  "remove",
  "renameCollection",
  "bulkWrite",
  "aggregate",
]);
const interpolation = /\$\{[^}]*\}/g;

/** What the calls of a script for mongosh destroy. */
export function judgeCalls(
  tokens: readonly ScriptToken[],
  judgeCommand: JudgeCommand,
): readonly Destruction[] {
  const found: Destruction[] = [];
  let used: string | null = null;
  tokens.forEach((token, index) => {
    if (token.type !== "word") return;
    // `use shop` changes what `db` is.
    const [next, after] = [tokens[index + 1], tokens[index + 2]];
    if (
      token.text === "use" &&
      next !== undefined &&
      next.type !== "symbol" &&
      tokens[index - 1]?.text !== "."
    )
      used = showName(next.text);
    if (tokens[index - 1]?.text !== "." || next?.text !== "(" || next.type !== "symbol") return;
    if (!suspicious.has(token.text)) return;
    const receiver = readReceiver(tokens, index - 2);
    const call = judgeMethod(token.text, tokens.slice(index + 2, index + 2 + longestArguments), judgeCommand);
    if (call === null) return;
    const name = nameFor(call, receiver, after, used);
    const isSure = receiver.isDb || call.kind === "mongo-database" || call.kind === "mongo-user";
    found.push({
      ...call,
      names: name === null ? [] : [name],
      at: token.at,
      certainty: isSure ? call.certainty : "likely",
    });
  });
  return found;
}

function nameFor(
  call: Call,
  receiver: Receiver,
  argument: ScriptToken | undefined,
  used: string | null,
): string | null {
  switch (call.kind) {
    case "mongo-database":
      return receiver.database ?? (receiver.isDb ? used : null);
    case "mongo-user":
      return argument === undefined || argument.type === "symbol" ? null : nameOf(argument);
    default:
      return receiver.collection;
  }
}

/** As much of a call's arguments as is looked at. */
const longestArguments = 400;

type Call = Pick<Destruction, "kind" | "what" | "certainty">;

function judgeMethod(method: string, args: readonly ScriptToken[], judgeCommand: JudgeCommand): Call | null {
  const kind = methods.get(method);
  if (kind !== undefined) return { kind, what: `${method}()`, certainty: "certain" };
  const [first, second, third, fourth] = args.map(({ text }) => text);
  const collection = (what: string): Call => ({ kind: "collection", what, certainty: "certain" });
  switch (method) {
    case "drop":
      return first === ")" || first === "{" ? collection("drop()") : null;
    case "deleteMany":
    case "remove":
      if (first === "{" && second === "}" && !isJustOne(third, fourth)) return collection(`${method}({})`);
      return first === ")" ? collection(`${method}()`) : null;
    case "renameCollection":
      return args[0]?.type === "string" && second === "," && third === "true"
        ? collection("renameCollection(…, true)")
        : null;
    case "bulkWrite":
      return /deleteMany:\{filter:\{\}/u.test(args.map(({ text }) => text).join(""))
        ? collection("deleteMany({})")
        : null;
    case "aggregate":
      return args.some(({ text }, index) => text === "$out" && args[index + 1]?.text === ":")
        ? { ...collection("aggregate $out"), certainty: "likely" }
        : null;
    default:
      return commandMethods.has(method) ? judgeDocument(args, judgeCommand) : null;
  }
}

/** `remove({}, true)` and `remove({}, {justOne: true})` remove one document. */
function isJustOne(comma: string | undefined, option: string | undefined): boolean {
  return comma === "," && (option === "true" || option === "1" || option === "{");
}

/** `runCommand({dropDatabase: 1})`, `runCommand("dropDatabase")`; of `delete` the filters are looked at. */
function judgeDocument(args: readonly ScriptToken[], judgeCommand: JudgeCommand): Call | null {
  const [first] = args;
  if (first?.type === "string") return judgeCommand([first.text]);
  if (first?.text !== "{") return null;
  const keys = keysOf(args);
  if (keys[0] === "delete") {
    const all = args.map(({ text }) => text).join("");
    return /q:\{\},limit:0/u.test(all) ? { kind: "collection", what: "delete", certainty: "certain" } : null;
  }
  return judgeCommand(keys);
}

/** The keys of the object that begins here, not those of objects in it. */
function keysOf(tokens: readonly ScriptToken[]): readonly string[] {
  const keys: string[] = [];
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    const isSymbol = token.type === "symbol";
    if (isSymbol && "{[(".includes(token.text)) depth += 1;
    if (isSymbol && "}])".includes(token.text)) depth -= 1;
    if (depth === 0) break;
    const before = tokens[index - 1]?.text;
    const isKey = tokens[index + 1]?.text === ":" && (before === "{" || before === ",");
    if (depth === 1 && !isSymbol && isKey) keys.push(token.text);
  }
  return keys;
}

interface Receiver {
  /** Whether it begins with `db`. */
  readonly isDb: boolean;
  readonly database: string | null;
  readonly collection: string | null;
}

/** What a method is called on, read backwards from its last token: `db.getSiblingDB("x").orders`, `db["orders"]`, `coll`. */
function readReceiver(tokens: readonly ScriptToken[], last: number): Receiver {
  let database: string | null = null;
  let collection: string | null = null;
  let isFirst = true;
  for (let at = last; at >= 0 && at > last - 40;) {
    const token = tokens[at];
    if (token === undefined) break;
    const [two, one] = [tokens[at - 2], tokens[at - 1]];
    if (token.text === "]" && token.type === "symbol" && two?.text === "[") {
      if (isFirst && one !== undefined) collection = nameOf(one);
      at -= 3;
    } else if (token.text === ")" && token.type === "symbol") {
      const open = openingOf(tokens, at);
      const [method, argument] = [tokens[open - 1], tokens[open + 1]];
      const name = argument === undefined || argument.type === "symbol" ? null : nameOf(argument);
      if (method?.text === "getCollection" && isFirst) collection = name;
      if (["getSiblingDB", "getSisterDB", "getDB", "db"].includes(method?.text ?? "")) database ??= name;
      at = open - 2;
    } else if (token.type === "word") {
      const isRoot = one?.text !== ".";
      if (isRoot) return { isDb: token.text === "db", database, collection };
      collection = isFirst ? token.text : `${token.text}.${collection ?? ""}`;
      collection = showName(collection);
      at -= 1;
      isFirst = false;
    } else break;
    if (tokens[at]?.text === ".") at -= 1;
    else if (token.type !== "symbol") break;
  }
  return { isDb: false, database, collection };
}

function openingOf(tokens: readonly ScriptToken[], close: number): number {
  let depth = 0;
  for (let at = close; at >= 0 && at > close - 60; at -= 1) {
    const token = tokens[at];
    if (token?.type !== "symbol") continue;
    if (token.text === ")") depth += 1;
    if (token.text === "(") depth -= 1;
    if (depth === 0) return at;
  }
  return 0;
}

/** A name that is not a constant is `…`. */
function nameOf(token: ScriptToken): string {
  return token.type === "string" ? showName(token.text.replaceAll(interpolation, "…")) : "…";
}
