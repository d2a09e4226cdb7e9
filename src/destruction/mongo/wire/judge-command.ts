import type { Element } from "../../../wire/mongo/bson.ts";
import { find, isTrue, textOf } from "../../../wire/mongo/bson.ts";
import type { Command } from "../../../wire/mongo/read-message.ts";
import type { Destruction } from "../../destruction.ts";
import type { Found } from "../../found.ts";
import { judgeMongoCommand } from "../judge-mongo.ts";
import { judgeApplyOps } from "./judge-apply-ops.ts";
import { judgePipeline } from "./judge-pipeline.ts";
import { judgeSettings } from "./judge-settings.ts";
import { judgeWrites } from "./judge-writes.ts";

export type Judged = Found & { readonly certainty?: Destruction["certainty"] };

/** Commands whose values need not be looked at, beside those of `judgeMongoCommand`. */
const commands: ReadonlyMap<string, Found["kind"]> = new Map([
  ["convertToCapped", "collection"],
  ["emptycapped", "collection"],
  ["captrunc", "collection"],
  // What $out does in the end: the one takes the other's place.
  ["internalRenameIfOptionsAndIndexesMatch", "collection"],
  ["renameCollection", "functional"],
  ["removeShard", "functional"],
  ["startShardDraining", "functional"],
  ["commitShardRemoval", "functional"],
  ["transitionToDedicatedConfigServer", "functional"],
  ["replSetReconfig", "functional"],
  ["replSetResizeOplog", "functional"],
  ["killAllSessions", "functional"],
  ["killAllSessionsByPattern", "functional"],
  ["revokeRolesFromUser", "functional"],
  ["revokeRolesFromRole", "functional"],
  ["revokePrivilegesFromRole", "functional"],
  ["updateRole", "functional"],
  ["configureFailPoint", "disarming"],
  ["setAuditConfig", "disarming"],
]);

/** What servers of a cluster say to one another, and nobody else needs to: `_shardsvrDropDatabase`. */
const internal = /^_(?:shardsvr|configsvr)\w*(?:Drop|Remove)/;

/** Fields that servers take as payload of kind 1; what others make of one that is none of these cannot be known. */
const sequences: ReadonlySet<string> = new Set(["documents", "updates", "deletes", "ops", "nsInfo"]);

/** Commands whose first value is no text that names what they are done to. */
const nameless: ReadonlySet<string> = new Set(["applyOps", "eval", "$eval", "shutdown"]);

/**
 * What a command on the wire destroys (https://www.mongodb.com/docs/manual/reference/command/): names of commands are read as the server reads them, in their own
 * capitals. `isWhole`: all of its message was seen; of a longer one what could destroy is opaque. Throws `MalformedBson`.
 */
export function judgeCommand(command: Command, isWhole: boolean): readonly Destruction[] {
  const known = command.isCut ? [] : judgeNested(command, isWhole, 0);
  // What was not seen may be more of it.
  const found = isWhole || known.length > 0 ? known : [tooLong(command.name)];
  const stray = [...command.sequences.keys()].find((each) => !sequences.has(each));
  const unread: readonly Judged[] =
    stray === undefined
      ? []
      : [{ kind: "opaque", what: `${command.name} with ${stray} apart`, names: [], certainty: "likely" }];
  return [...found, ...unread].map((each) => ({ certainty: "certain", ...each, at: 0 }));
}

/** `depth`: commands inside commands. */
function judgeNested(command: Command, isWhole: boolean, depth: number): readonly Judged[] {
  const { name, body, database } = command;
  const value = find(body, name);
  switch (name) {
    case "delete":
    case "findAndModify":
    case "findandmodify":
    case "update":
    case "insert":
    case "bulkWrite":
      return judgeWrites(command, value, isWhole);
    case "aggregate":
      return isWhole ? judgePipeline(find(body, "pipeline")) : [tooLong(name)];
    case "mapReduce":
    case "mapreduce":
      return judgeMapReduce(body);
    case "applyOps":
    case "doTxn":
      return judgeApplyOps(name, isWhole ? value : null, depth, (nested) =>
        judgeNested(nested, true, depth + 1),
      );
    case "createIndexes":
    case "collMod":
    case "updateUser":
    case "setParameter":
      return judgeSettings(name, value, body);
    default:
      return judgeByName(name, value, body, database);
  }
}

function tooLong(name: string): Judged {
  return { kind: "opaque", what: `${name}, longer than is looked at`, names: [], certainty: "likely" };
}

function judgeByName(
  name: string,
  value: Element | null,
  body: Element,
  database: string,
): readonly Judged[] {
  if (name === "renameCollection" && isTrue(find(body, "dropTarget")))
    return [{ kind: "collection", what: "renameCollection … dropTarget", names: namesOf(find(body, "to")) }];
  // What mongorestore does with users and roles: all that are not in its dump go.
  if (name === "_mergeAuthzCollections" && isTrue(find(body, "drop")))
    return [{ kind: "mongo-user", what: `${name} … drop`, names: [] }];
  const found = judgeMongoCommand([name])?.kind ?? commands.get(name);
  if (found === undefined)
    return internal.test(name) ? [{ kind: "mongo-database", what: name, names: namesOf(value) }] : [];
  if (found === "mongo-database") return [{ kind: found, what: name, names: [database] }];
  return [{ kind: found, what: name, names: nameless.has(name) ? [] : namesOf(value) }];
}

function namesOf(value: Element | null): readonly string[] {
  const text = textOf(value);
  return text === null ? [] : [text];
}

/** `out`: a text, or `{replace: …}`, takes the place of a collection; `{inline: 1}` does not. */
function judgeMapReduce(body: Element): readonly Judged[] {
  const out = find(body, "out");
  const target = textOf(out) ?? textOf(find(out, "replace"));
  return target === null ? [] : [{ kind: "collection", what: "mapReduce out", names: [target] }];
}
