import { plainName } from "./callee.ts";
import type { Callee } from "./callee.ts";
import type { ParameterRoles } from "./parameter-roles.ts";
import { callsIn } from "../syntax/inside-of.ts";
import { functionAt } from "./program.ts";
import type { Call, Place } from "./program.ts";
import type { Resolved } from "./resolve-call.ts";
import { passesByName, roleByName } from "./role-by-name.ts";
import { executes, passes, shows, unknownRole } from "./role.ts";
import type { Role } from "./role.ts";

/** What a call does with the texts that it is given: what the function that it runs does with them, else what its name says. */
export function roleOf(call: Call, callee: Callee, resolved: Resolved, parameterRoles: ParameterRoles): Role {
  if (call.how === "backtick") return executes;
  // `t.Run("drops the database", func…)`: a name for what the function does.
  const isNaming =
    call.args[0]?.is === "text" && call.args.at(-1)?.is === "function" && naming.has(plainName(callee.name));
  // In a table of tests the name is a field: `t.Run(each.name, func…)`.
  const isTabled =
    call.args[0]?.is === "member" &&
    call.args.at(-1)?.is === "function" &&
    callee.name === "Run" &&
    callee.receiver?.is === "name" &&
    /^(?:t|b|s|suite)$/.test(callee.receiver.name);
  if (isNaming || isTabled) return shows("documented");
  if (resolved.targets.length > 0 && resolved.targets.length <= 4) {
    const roles = resolved.targets.flatMap((target) =>
      call.args.flatMap((_, index) => parameterRoles.of(target, index) ?? []),
    );
    const runs = roles.find(({ does }) => does === "executes");
    if (runs !== undefined) return runs;
    const [first] = roles;
    if (first !== undefined && resolved.edge !== "by-name") return first;
    if (resolved.edge === "exact" && resolved.targets.every(callsNothing)) return passes;
  }
  const passed = passesByName(callee);
  // `sql` and `text` pass what they are given when another call runs it; as a tag or on a client they run it.
  if (passed !== null && call.how !== "tag" && call.how !== "macro") return passed;
  const byName = roleByName(callee);
  if (byName.does !== "unknown") return byName;
  if (call.how === "tag") return tagRole(callee);
  if (call.how === "macro") return macroRole(callee);
  return passed ?? unknownRole;
}

const naming: ReadonlySet<string> = new Set([
  "run",
  "test",
  "it",
  "describe",
  "step",
  "task",
  "command",
  "register",
  "on",
  "once",
  "section",
  "group",
  "bench",
]);

/** Whether a function only puts together what it gives back: `bash = (command) => ({ tool: "Bash", input: { command } })` runs nothing. */
function callsNothing(target: Place): boolean {
  const { body } = functionAt(target);
  return (
    body.some(({ do: does }) => does === "return") &&
    callsIn(body.map(({ value }) => value)).next().done === true
  );
}

/** A tagged template of SQL runs, or is run by what it is given to: either way its text is a statement. */
function tagRole({ chain }: Callee): Role {
  return chain.some((each) => /^(?:sql|pg|db|client|tx|trx|postgres|mysql|kysely|slonik|\$)$/i.test(each))
    ? executes
    : unknownRole;
}

function macroRole({ name, chain }: Callee): Role {
  if (name.startsWith("query") || chain.includes("sqlx")) return executes;
  if (
    /^(?:print|eprint|panic|log|info|warn|error|debug|trace|assert|unreachable|todo|bail|anyhow|ensure)/.test(
      name,
    )
  )
    return shows("logged");
  return unknownRole;
}
