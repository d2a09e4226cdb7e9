import type { Destruction } from "../destruction.ts";
import { showName } from "../found.ts";
import { judgeMethod, suspicious } from "./judge-method.ts";
import type { Call, JudgeCommand } from "./judge-method.ts";
import { databaseMethods, nameOf, readReceiver } from "./read-receiver.ts";
import type { Receiver } from "./read-receiver.ts";
import type { ScriptToken } from "./read-script.ts";

/** As much of a call's arguments as is looked at. */
const longestArguments = 400;

/** Which variables hold a database, with its name where that is known; `db` always does. */
type Databases = Map<string, string | null>;

/** What the calls of a script for mongosh destroy. */
export function judgeCalls(
  tokens: readonly ScriptToken[],
  judgeCommand: JudgeCommand,
): readonly Destruction[] {
  const found: Destruction[] = [];
  const databases: Databases = new Map([["db", null]]);
  tokens.forEach((token, index) => {
    if (token.type !== "word") return;
    noteDatabase(tokens, index, databases);
    const [next, after] = [tokens[index + 1], tokens[index + 2]];
    if (!isCall(tokens, index) || next === undefined || !suspicious.has(token.text)) return;
    const call = judgeMethod(token.text, tokens.slice(index + 2, index + 2 + longestArguments), judgeCommand);
    if (call === null) return;
    const receiver = readReceiver(tokens, index - 2);
    const name = nameFor(call, receiver, after, databases);
    const isDatabase = receiver.root !== null && databases.has(receiver.root);
    const isSure = isDatabase || call.kind === "mongo-database" || call.kind === "mongo-user";
    found.push({
      ...call,
      names: name === null ? [] : [name],
      at: token.at,
      certainty: isSure ? call.certainty : "likely",
    });
  });
  return found;
}

function isCall(tokens: readonly ScriptToken[], index: number): boolean {
  const next = tokens[index + 1];
  return tokens[index - 1]?.text === "." && next?.type === "symbol" && next.text === "(";
}

/** `use shop`, `db = db.getSiblingDB("shop")`, `const shop = conn.getDB("shop")`. */
function noteDatabase(tokens: readonly ScriptToken[], index: number, databases: Databases): void {
  const [token, next] = [tokens[index], tokens[index + 1]];
  const isUse = token?.text === "use" && tokens[index - 1]?.text !== ".";
  if (isUse && next !== undefined && next.type !== "symbol") databases.set("db", showName(next.text));
  if (!databaseMethods.has(token?.text ?? "") || !isCall(tokens, index)) return;
  const [argument, close, behind] = tokens.slice(index + 2, index + 5);
  const [variable, assigns] = [tokens[index - 4], tokens[index - 3]];
  if (close?.text !== ")" || behind?.text === "." || assigns?.text !== "=" || variable?.type !== "word")
    return;
  databases.set(variable.text, argument === undefined ? null : nameOf(argument));
}

function nameFor(
  call: Call,
  { root, database, collection }: Receiver,
  argument: ScriptToken | undefined,
  databases: Databases,
): string | null {
  switch (call.kind) {
    case "mongo-database":
      return database ?? (root === null ? null : (databases.get(root) ?? null));
    case "mongo-user":
      return argument === undefined || argument.type === "symbol" ? null : nameOf(argument);
    default:
      return collection;
  }
}
