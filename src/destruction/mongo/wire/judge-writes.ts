import type { Element } from "../../../wire/mongo/bson.ts";
import { elementsIn, find, findOnly, isTrue, numberOf, textOf } from "../../../wire/mongo/bson.ts";
import type { Command } from "../../../wire/mongo/read-message.ts";
import { matchesAll } from "./matches-all.ts";
import type { Judged } from "./judge-command.ts";

/** The server's own collections in which users and roles stand. */
const accounts = /^system\.(?:users|roles|version)$/;

/** What a write destroys: a delete of everything, and any write at all to where the users stand. */
export function judgeWrites(command: Command, value: Element | null, isWhole: boolean): readonly Judged[] {
  const { name } = command;
  if (name === "bulkWrite") return isWhole ? judgeBulk(command) : [tooLong(name)];
  const target = textOf(value) ?? "";
  if (accounts.test(target) && name !== "insert")
    return [{ kind: "mongo-user", what: `${name} ${target}`, names: [], certainty: "likely" }];
  if (name !== "delete") return [];
  if (!isWhole) return [tooLong(name)];
  const found = documentsOf(command, "deletes").map((each) =>
    // Anything but 1 may be taken for no limit.
    numberOf(findOnly(each, "limit")) === 1 ? "nothing" : matchesAll(findOnly(each, "q")),
  );
  return judgeFilters(found, name, [target]);
}

function tooLong(name: string): Judged {
  return { kind: "opaque", what: `${name}, longer than is looked at`, names: [], certainty: "likely" };
}

function documentsOf({ body, sequences }: Command, field: string): readonly Element[] {
  const inBody = find(body, field);
  return [...(inBody === null ? [] : elementsIn(inBody)), ...(sequences.get(field) ?? [])];
}

function judgeFilters(
  filters: readonly ("all" | "unknown" | "nothing")[],
  name: string,
  names: readonly string[],
): readonly Judged[] {
  if (filters.includes("all")) return [{ kind: "unbounded-delete", what: `${name} {}`, names }];
  if (filters.includes("unknown"))
    return [{ kind: "opaque", what: `${name} $where`, names, certainty: "likely" }];
  return [];
}

/** `{bulkWrite: 1, ops: [{delete: 0, filter: {}, multi: true}], nsInfo: [{ns: "shop.orders"}]}` of MongoDB 8. */
function judgeBulk(command: Command): readonly Judged[] {
  const spaces = documentsOf(command, "nsInfo").map((each) => textOf(findOnly(each, "ns")) ?? "");
  const found: Judged[] = [];
  for (const operation of documentsOf(command, "ops")) {
    const space = findOnly(operation, "delete");
    if (space === null || !isTrue(findOnly(operation, "multi"))) continue;
    const name = spaces[numberOf(space) ?? -1] ?? "";
    found.push(
      ...judgeFilters(
        [matchesAll(findOnly(operation, "filter"))],
        "bulkWrite delete",
        name === "" ? [] : [name],
      ),
    );
  }
  return found;
}
