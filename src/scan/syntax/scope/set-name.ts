import type { Expression, SetStatement } from "../syntax.ts";

/** Sets what only its function knows, once more than once, of no declared type: where `more` does not say otherwise. */
export function setName(
  at: number,
  target: string | null,
  value: Expression,
  more: Partial<Pick<SetStatement, "isAppend" | "isConstant" | "isExported" | "type">> = {},
): SetStatement {
  return {
    do: "set",
    target,
    value,
    isAppend: false,
    isConstant: false,
    isExported: false,
    type: null,
    at,
    ...more,
  };
}
