import type { Destruction } from "../destruction.ts";
import type { ScriptToken } from "./read-script.ts";

export type JudgeCommand = (keys: readonly string[]) => Destruction | null;
export type Call = Pick<Destruction, "kind" | "what" | "certainty">;

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
/** Every method that may. */
export const suspicious: ReadonlySet<string> = new Set([
  ...methods.keys(),
  ...commandMethods,
  "drop",
  "deleteMany",
  "remove",
  "renameCollection",
  "bulkWrite",
  "aggregate",
]);

/** What a call of a method destroys; `args` begins behind its parenthesis. Null when nothing. */
export function judgeMethod(
  method: string,
  args: readonly ScriptToken[],
  judgeCommand: JudgeCommand,
): Call | null {
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
