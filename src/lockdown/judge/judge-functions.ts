import type { FunctionFacts, InsideFacts } from "../facts.ts";
import type { Finding } from "../finding.ts";
import { isOrdinary } from "../policy.ts";
import type { LockdownPolicy } from "../policy.ts";
import { quoteGrantee } from "../quote.ts";

/** Extensions whose functions run SQL or programs elsewhere, or remove what they are pointed at. */
const farReaching: Readonly<Record<string, string>> = {
  dblink: "runs any SQL in a session of its own, which no proxy sees",
  adminpack: "writes, renames and removes the server's files",
  pg_cron: "runs any SQL later, in a session of its own",
  pg_background: "runs any SQL in a session of its own",
  plproxy: "runs functions on other servers",
  pg_surgery: "removes rows by force",
  pageinspect: "reads every row of every table",
};

/** What any role could do by calling a function; `judgeBody` says what the body of one destroys or runs. */
export async function judgeFunctions(
  inside: InsideFacts,
  policy: LockdownPolicy,
  judgeBody: (language: string, body: string) => Promise<readonly string[]>,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const each of inside.functions) {
    const callers = each.callers.filter((caller) => isOrdinary(policy, caller));
    if (callers.length === 0) continue;
    const judged = await judge(each);
    if (judged === null) continue;
    const who = callers.map((caller) => caller ?? "every role").join(", ");
    findings.push({
      way: judged.way,
      object: `function ${each.signature}`,
      database: inside.database,
      reason: `${who} may call it: it ${judged.why}`,
      statements: callers.map((caller) => ({
        database: inside.database,
        sql: `REVOKE EXECUTE ON ROUTINE ${each.signature} FROM ${quoteGrantee(caller)} CASCADE`,
      })),
      advice: null,
    });
  }
  return findings;

  async function judge(
    each: FunctionFacts,
  ): Promise<{ readonly way: Finding["way"]; readonly why: string } | null> {
    if (each.isInCatalog)
      return { way: "server-function", why: "reads or writes the server's files, or promotes it" };
    if (each.extension !== null && Object.hasOwn(farReaching, each.extension))
      return { way: "extension-function", why: farReaching[each.extension] ?? "" };
    if (!each.isTrusted && each.extension === null)
      return {
        way: "untrusted-function",
        why: `is written in ${each.language}, and does what the server's system user may`,
      };
    if (!each.isDefiner || isOrdinary(policy, each.owner)) return null;
    const does = await judgeBody(each.language, each.source);
    return does.length === 0
      ? null
      : { way: "definer-function", why: `runs as ${each.owner}: ${does.join(", ")}` };
  }
}
