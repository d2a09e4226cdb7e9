import type { Family } from "../modules/resolution.ts";
import { plainName } from "./callee.ts";

/** Names by which code runs a command of Laravel's artisan. */
export const artisanCalls: ReadonlySet<string> = new Set([
  "call",
  "callsilent",
  "callsilently",
  "artisan",
  "queue",
]);
/** The same for tasks of rake. */
export const rakeCalls: ReadonlySet<string> = new Set(["invoke", "execute", "reenable", "new"]);

/** Whether a call of this name may run a framework's command: cheap, to be asked first. */
export function mayRunFramework(name: string, family: Family): boolean {
  const plainest = plainName(name);
  switch (family) {
    case "python":
      return plainest === "callcommand";
    case "php":
      return artisanCalls.has(plainest);
    case "ruby":
      return rakeCalls.has(plainest);
    default:
      return false;
  }
}
