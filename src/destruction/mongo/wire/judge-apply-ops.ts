import type { Element } from "../../../wire/mongo/bson.ts";
import { elementsIn, findOnly, textOf } from "../../../wire/mongo/bson.ts";
import type { Command } from "../../../wire/mongo/read-message.ts";
import type { Judged } from "./judge-command.ts";

/** Commands inside applyOps inside applyOps …: deeper is opaque. */
const deepest = 8;

/**
 * Entries of the oplog: `{op: "c", ns: "shop.$cmd", o: {drop: "orders"}}` is a command, `d` deletes one document. What custody does not know of the format
 * stays opaque: the entry is judged for what it does, and the whole for what it may.
 */
export function judgeApplyOps(
  name: string,
  entries: Element | null,
  depth: number,
  judge: (command: Command) => readonly Judged[],
): readonly Judged[] {
  const opaque: Judged = { kind: "opaque", what: name, names: [] };
  if (entries === null || depth >= deepest) return [opaque];
  const found: Judged[] = [];
  for (const entry of elementsIn(entries)) {
    const operation = findOnly(entry, "o");
    if (textOf(findOnly(entry, "op")) !== "c" || operation === null) continue;
    const database = (textOf(findOnly(entry, "ns")) ?? "").split(".")[0] ?? "";
    const command = {
      name: firstName(operation),
      database,
      body: operation,
      bodyAt: 0,
      sequences: new Map(),
      isCut: false,
    };
    found.push(...judge(command));
  }
  return [...found.map((each) => ({ ...each, what: `${name}: ${each.what}` })), opaque];
}

function firstName(document: Element): string {
  for (const each of elementsIn(document)) return each.name;
  return "";
}
