import type { EventTriggerFacts, InsideFacts } from "../facts.ts";
import type { Finding } from "../finding.ts";
import { isOrdinary } from "../policy.ts";
import type { LockdownPolicy } from "../policy.ts";
import { guardBody, guardedTags, guardStatements, guardTriggers } from "./guard-sql.ts";

/** Whether the database has the guard, whole, and on whatever a session sets. */
export function judgeGuard(inside: InsideFacts, policy: LockdownPolicy): readonly Finding[] {
  const why = guardTriggers.flatMap(({ name, event }) => {
    const found = inside.eventTriggers.find((each) => each.name === name);
    const missing = found === undefined ? "is not there" : misfit(found, event, policy);
    return missing === null ? [] : [`${name} ${missing}`];
  });
  if (why.length === 0) return [];
  return [
    {
      way: "guard",
      object: `database ${inside.database}`,
      database: inside.database,
      reason: `DROP OWNED, DROP SCHEMA and extensions are refused to no owner: ${why.join("; ")}`,
      statements: guardStatements(policy).map((sql) => ({ database: inside.database, sql })),
      advice: null,
    },
  ];
}

function misfit(found: EventTriggerFacts, event: string, policy: LockdownPolicy): string | null {
  if (found.event !== event) return `fires at ${found.event}`;
  if (found.enabled !== "A")
    return found.enabled === "D" ? "is switched off" : "is off where session_replication_role is replica";
  if (isOrdinary(policy, found.owner)) return `belongs to ${found.owner}`;
  if (isOrdinary(policy, found.functionOwner)) return `runs a function of ${found.functionOwner}`;
  if (found.source !== guardBody(policy)) return "does not say what it should, or exempts others";
  const wanted = event === "sql_drop" ? [] : guardedTags;
  return [...found.tags].toSorted().join() === [...wanted].toSorted().join()
    ? null
    : "watches other commands";
}
