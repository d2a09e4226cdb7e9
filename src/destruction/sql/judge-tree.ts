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
  const found: Found[] = [];
  walk(statement, Date.now(), found);
  return found;
}

function walk(tree: ParseNode, now: number, found: Found[]): void {
  for (const type in tree) {
    const value = tree[type];
    if (typeof value !== "object" || value === null) continue;
    if (!Array.isArray(value)) {
      if (isNode(value)) judgeNode(type, value, now, found);
      continue;
    }
    for (const node of value) if (isNode(node)) judgeNode(type, node, now, found);
  }
}

function judgeNode(type: string, node: ParseNode, now: number, found: Found[]): void {
  if (type === "ExplainStmt" && !isAnalysed(node)) return;
  const destroyed =
    judgeDrop(type, node) ??
    judgeRows(type, node) ??
    judgeSettings(type, node) ??
    judgeFunctional(type, node, now) ??
    judgeCalls(type, node);
  if (destroyed !== null) found.push(destroyed);
  walk(node, now, found);
}

/** EXPLAIN runs nothing, unless it is told to ANALYZE. */
function isAnalysed(explain: ParseNode): boolean {
  return options(explain).some(({ name, value }) => name === "analyze" && !isOff(value));
}
