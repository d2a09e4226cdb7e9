import type { Destruction } from "../destruction.ts";
import type { Found } from "../found.ts";
import { judgeCalls } from "./judge-calls.ts";
import { readScript } from "./read-script.ts";

/** Commands that destroy by themselves, whatever else their document says (https://www.mongodb.com/docs/manual/reference/command/). */
const commands: ReadonlyMap<string, Found["kind"]> = new Map([
  ["dropDatabase", "mongo-database"],
  ["dropUser", "mongo-user"],
  ["dropAllUsersFromDatabase", "mongo-user"],
  ["dropRole", "mongo-user"],
  ["dropAllRolesFromDatabase", "mongo-user"],
  ["drop", "collection"],
  ["applyOps", "opaque"],
  ["eval", "opaque"],
  ["$eval", "opaque"],
  ["shutdown", "functional"],
]);

/**
 * What a command document destroys, by its keys in order: the first is the command. Null when nothing, and when the values would have to be
 * known (`delete`). Of `renameCollection` with `dropTarget` the value is unknown, too: `likely`.
 */
export function judgeMongoCommand(keys: readonly string[]): Destruction | null {
  const [command = ""] = keys;
  const kind = commands.get(command);
  if (kind !== undefined) return { kind, what: command, names: [], at: 0, certainty: "certain" };
  if (command !== "renameCollection" || !keys.includes("dropTarget")) return null;
  return { kind: "collection", what: "renameCollection … dropTarget", names: [], at: 0, certainty: "likely" };
}

/**
 * What a script for mongosh destroys: the text of `mongosh --eval`, or a file. Strings, comments and regular expressions are nothing. `certain`
 * where it is called on `db`, or the name can be nothing else's; never throws, takes time linear in the script.
 */
export function judgeMongoScript(script: string): readonly Destruction[] {
  return judgeCalls([...readScript(script)], judgeMongoCommand);
}
