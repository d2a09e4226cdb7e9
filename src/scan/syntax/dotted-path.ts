import type { Expression } from "./syntax.ts";

/** What a name or a chain of members reads as: `conn.Exec`, `this.pool.query`; null where something else is in the chain. */
export function dottedPath(expression: Expression): string | null {
  if (expression.is === "name") return expression.name;
  if (expression.is !== "member") return null;
  const of = dottedPath(expression.of);
  return of === null ? null : `${of}.${expression.name}`;
}
