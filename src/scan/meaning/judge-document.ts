import type { Expression } from "../syntax/syntax.ts";
import { fold, resolve } from "./fold.ts";
import { isUnknown, plain } from "./folded.ts";
import type { Folded } from "./folded.ts";
import type { Judged } from "./judge-arguments.ts";
import type { Judges } from "./judges.ts";
import type { Scope } from "./scope.ts";

/** A command document for MongoDB: its first key, or its first text, names the command. */
export function judgeDocument(arg: Expression, scope: Scope, judges: Judges): readonly Judged[] {
  for (const { value, scope: inner } of resolve(arg, scope)) {
    const keys = documentKeys(value, inner);
    const destruction = keys.length === 0 ? null : judges.mongoCommand(keys.map(({ text }) => text));
    if (destruction !== null) return [{ destruction, origins: keys[0]?.origins ?? new Set() }];
  }
  return [];
}

function documentKeys(value: Expression, scope: Scope): readonly Folded[] {
  const text = plain;
  switch (value.is) {
    case "map":
      return value.entries.flatMap(({ key }) => (key === null ? [] : [text(key)]));
    case "list": {
      const [first] = value.items;
      if (first?.is === "list" || first?.is === "map") {
        // bson.D{{"dropDatabase", 1}}, or its entries with names: {Key: "dropDatabase", Value: 1}.
        const key =
          first.is === "list"
            ? first.items[0]
            : (first.entries.find((each) => each.key === "Key") ?? first.entries[0])?.value;
        if (
          first.is === "map" &&
          first.entries[0]?.key !== undefined &&
          first.entries[0]?.key !== null &&
          first.entries[0].key !== "Key"
        )
          return [text(first.entries[0].key)];
        return key === undefined ? [] : fold(key, scope).slice(0, 1);
      }
      return [];
    }
    case "call": {
      // new Document("dropDatabase", 1), BSON(…), doc! { … }.
      const [first] = value.args;
      if (first === undefined) return [];
      return first.is === "map" || first.is === "list"
        ? documentKeys(first, scope)
        : fold(first, scope)
            .slice(0, 1)
            .filter((each) => !isUnknown(each));
    }
    case "text":
      return fold(value, scope);
    default:
      return [];
  }
}
