import type { Element } from "../../../wire/mongo/bson.ts";
import { elementsIn, find, findOnly, numberOf, textOf } from "../../../wire/mongo/bson.ts";
import type { Command } from "../../../wire/mongo/read-message.ts";

/**
 * The databases in which a command that destroys does so, where it names them: by whole namespaces (`shop.orders`), or a collection of another one. None: its
 * own. Throws `MalformedBson`.
 */
export function databasesReached(command: Command): ReadonlySet<string> {
  const { name, body, database } = command;
  switch (name) {
    case "renameCollection":
      return new Set([databaseOf(find(body, name)), databaseOf(find(body, "to"))]);
    case "aggregate":
      return new Set(targetsOf(find(body, "pipeline")).map((each) => each ?? database));
    case "bulkWrite":
      return new Set(deletedFrom(command));
    case "applyOps":
    case "doTxn":
      return new Set(elementsOf(find(body, name)).map((each) => databaseOf(findOnly(each, "ns"))));
    default:
      return new Set([database]);
  }
}

function elementsOf(value: Element | null): readonly Element[] {
  return value === null ? [] : [...elementsIn(value)];
}

/** Of each stage that puts documents somewhere, the database; null: the command's own. */
function targetsOf(pipeline: Element | null): readonly (string | null)[] {
  return elementsOf(pipeline)
    .flatMap((stage) => [...elementsIn(stage)])
    .filter((each) => each.name === "$out" || each.name === "$merge")
    .map((each) => textOf(find(each.name === "$out" ? each : findOnly(each, "into"), "db")));
}

function deletedFrom({ body, sequences }: Command): readonly string[] {
  const documents = (field: string): readonly Element[] => [
    ...elementsOf(find(body, field)),
    ...(sequences.get(field) ?? []),
  ];
  const spaces = documents("nsInfo").map((each) => databaseOf(findOnly(each, "ns")));
  return documents("ops")
    .map((each) => numberOf(findOnly(each, "delete")))
    .flatMap((at) => (at === null ? [] : [spaces[at] ?? ""]));
}

function databaseOf(namespace: Element | null): string {
  return (textOf(namespace) ?? "").split(".")[0] ?? "";
}
