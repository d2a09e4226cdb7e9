import { isNode } from "../../postgres/parse-sql.ts";
import type { ParseNode } from "../../postgres/parse-sql.ts";
import type { Found } from "../found.ts";
import { judgeCalls } from "./judge-calls.ts";
import { judgeDrop } from "./judge-drop.ts";
import { judgeRows } from "./judge-rows.ts";
import { judgeFunctional, judgeSettings } from "./judge-settings.ts";
import { isOff, options } from "./tree.ts";

/**
 * What a statement of PostgreSQL's destroys, from its parse tree; with it what its common table expressions, its rules, and the body that
 * the grammar reads with it destroy. A body in quotes is text, and the caller's to open.
 */
export function judgeTree(statement: ParseNode): readonly Found[] {
  return [...walk(statement, Date.now())];
}

function* walk(tree: ParseNode, now: number): Generator<Found> {
  for (const [type, value] of Object.entries(tree)) {
    for (const node of Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : []) {
      if (type === "ExplainStmt" && !isAnalysed(node)) continue;
      const found =
        judgeDrop(type, node) ??
        judgeRows(type, node) ??
        judgeSettings(type, node) ??
        judgeFunctional(type, node, now) ??
        judgeCalls(type, node);
      if (found !== null) yield found;
      yield* walk(node, now);
    }
  }
}

/** EXPLAIN runs nothing, unless it is told to ANALYZE. */
function isAnalysed(explain: ParseNode): boolean {
  return options(explain).some(({ name, value }) => name === "analyze" && !isOff(value));
}
