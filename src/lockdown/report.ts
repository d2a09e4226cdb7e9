import { exitCodes } from "../errors.ts";
import type { ExitCode } from "../errors.ts";
import { conclude } from "../run/conclude.ts";
import type { Check, Outcome, Report } from "../run/contract.ts";
import type { LockdownVerdict } from "./events.ts";
import type { Finding } from "./finding.ts";
import { printScript } from "./print-script.ts";
import type { LockdownState, ServerState } from "./state.ts";
import { summarise } from "./summary.ts";
import { wayNames, ways } from "./ways.ts";

const verdictExitCodes: Readonly<Record<LockdownVerdict, ExitCode>> = {
  printed: exitCodes.good,
  closed: exitCodes.good,
  open: exitCodes.bad,
  "not-run": exitCodes.couldNotRun,
};

/** The final report: every opening with what closes it, and the script as lines. */
export function reportLockdown(state: LockdownState, outcome: Outcome<LockdownVerdict>): Report {
  const { verdict, head, document } = conclude("lockdown", outcome, verdictExitCodes, "not-run");
  return {
    ...head,
    document: document({
      servers: state.servers.map(serverDocument),
      rules: state.others.map(({ title, lines }) => ({ title, lines })),
    }),
    checks: state.servers.flatMap(checksOf),
    metrics: [],
    summary: summarise(state, verdict),
  };
}

function serverDocument(server: ServerState): Readonly<Record<string, unknown>> {
  return {
    address: server.address,
    server_version: server.version,
    databases: server.databases,
    exempt: server.exempt,
    findings: server.findings.map(findingDocument),
    script: printScript(server),
    hba: server.hba,
    applied: server.applied.map(({ database, sql }) => ({ database, sql })),
  };
}

function findingDocument({ way, object, database, reason, statements, advice }: Finding): unknown {
  const sql = statements.map((each) => ({ database: each.database, sql: each.sql }));
  return { way, object, database, reason, statements: sql, advice };
}

/** One check a way: all that was found of it is its detail. */
function checksOf(server: ServerState): readonly Check[] {
  return wayNames.map((way): Check => {
    const found = server.findings.filter((each) => each.way === way);
    const check = { group: "lockdown", name: `${way}: ${ways[way]}`, expected: "closed" };
    if (found.length === 0) return { ...check, outcome: "passed", actual: "closed" };
    const detail = found.map(({ object, reason }) => `${object}: ${reason}`).join("; ");
    return { ...check, outcome: "failed", actual: `${found.length} open`, detail };
  });
}
