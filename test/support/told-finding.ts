import type { ToldFinding } from "../../src/scan/tell-findings.ts";

/** A finding as the engine tells it. */
export function told(changes: Partial<ToldFinding> = {}): ToldFinding {
  return {
    path: "src/a.ts",
    line: 2,
    column: 3,
    kind: "database",
    rule: "database",
    function: "drop",
    context: "executed",
    confidence: "high",
    message: "DROP DATABASE … runs here",
    what: "DROP DATABASE",
    names: ["…"],
    call_path: [],
    ...changes,
  };
}
