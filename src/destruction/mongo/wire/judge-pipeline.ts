import type { Element } from "../../../wire/mongo/bson.ts";
import { elementsIn, find, findOnly, textOf } from "../../../wire/mongo/bson.ts";
import type { Judged } from "./judge-command.ts";

/** `$out` puts a collection in the place of another; `$merge` with `whenMatched: "replace"` documents in the place of others. */
export function judgePipeline(pipeline: Element | null): readonly Judged[] {
  if (pipeline === null) return [];
  const found: Judged[] = [];
  for (const stage of elementsIn(pipeline)) {
    for (const each of elementsIn(stage)) {
      if (each.name === "$out")
        found.push({ kind: "collection", what: "aggregate $out", names: targetOf(each) });
      if (each.name !== "$merge" || textOf(findOnly(each, "whenMatched")) !== "replace") continue;
      const names = targetOf(findOnly(each, "into"));
      found.push({ kind: "collection", what: "aggregate $merge … replace", names, certainty: "likely" });
    }
  }
  return found;
}

/** `"kept"`, or `{db: "shop", coll: "kept"}`. */
function targetOf(value: Element | null): readonly string[] {
  const name = textOf(value) ?? textOf(find(value, "coll"));
  return name === null ? [] : [name];
}
