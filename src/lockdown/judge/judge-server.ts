import type { InsideFacts, ServerFacts } from "../facts.ts";
import type { Finding } from "../finding.ts";
import type { LockdownPorts } from "../ports.ts";
import type { LockdownPolicy } from "../policy.ts";
import { wayNames } from "../ways.ts";
import { judgeDatabases } from "./judge-databases.ts";
import { judgeForeign } from "./judge-foreign.ts";
import { judgeFunctions } from "./judge-functions.ts";
import { judgeGuard } from "./judge-guard.ts";
import { judgeHba } from "./judge-hba.ts";
import { judgeMemberships } from "./judge-memberships.ts";
import { judgeRoles } from "./judge-roles.ts";
import { judgeSchemas } from "./judge-schemas.ts";
import { judgeSettings } from "./judge-settings.ts";
import { workersOf } from "./workers.ts";

/** All that was read of one server. `unread`: databases that could not be looked into, and why. */
export interface Examination {
  readonly server: ServerFacts;
  readonly inside: readonly InsideFacts[];
  readonly unread: readonly { readonly database: string; readonly why: string }[];
}

/** Everything that is open, in the order in which it is closed. */
export async function judgeServer(
  { server, inside, unread }: Examination,
  policy: LockdownPolicy,
  judgeBody: LockdownPorts["judgeBody"],
): Promise<readonly Finding[]> {
  const findings: Finding[] = [
    ...judgeRoles(server, policy),
    ...judgeMemberships(server, policy),
    ...judgeDatabases(server, policy),
    ...judgeSettings(server, policy),
    ...judgeHba(server, policy),
    ...(server.hba === null
      ? [unseen("pg_hba.conf", "this role may not read it", "ask as a superuser")]
      : []),
    ...unread.map(({ database, why }) => unseen(`database ${database}`, why, "ask as a superuser")),
  ];
  for (const each of inside) {
    const database = server.databases.find(({ name }) => name === each.database);
    if (database === undefined) continue;
    const workers = workersOf(database, server, policy);
    findings.push(
      ...judgeSchemas(each, { database, workers }, policy),
      ...(await judgeFunctions(each, policy, judgeBody)),
      ...judgeForeign(each, policy),
      ...judgeGuard(each, policy),
    );
  }
  return findings.toSorted((a, b) => wayNames.indexOf(a.way) - wayNames.indexOf(b.way));
}

function unseen(object: string, reason: string, advice: string): Finding {
  return { way: "unread", object, database: null, reason, statements: [], advice };
}
