import { OpsError } from "../errors.ts";
import { throwIfInterrupted } from "../run/interrupt.ts";
import type { LockdownEvent, LockdownVerdict } from "./events.ts";
import type { InsideFacts } from "./facts.ts";
import type { Finding, Statement } from "./finding.ts";
import { hbaLines } from "./hba-lines.ts";
import type { LockdownInput, LockdownServer } from "./input.ts";
import { judgeServer } from "./judge/judge-server.ts";
import { decidePolicy } from "./policy.ts";
import type { LockdownPorts, LockdownTarget } from "./ports.ts";

/** Examines each server, closes what SQL closes where that is asked for, and then says what is open. */
export async function* runLockdown(
  input: LockdownInput,
  ports: LockdownPorts,
  signal: AbortSignal,
): AsyncGenerator<LockdownEvent, LockdownVerdict> {
  let open = 0;
  for (const server of input.servers) {
    await using target = await ports.open(server.dbUrl);
    let found = yield* examine(server, target, ports, signal);
    if (input.mode === "apply") {
      const applied = yield* applyAll(found, target, signal);
      if (applied > 0) {
        yield { type: "examined-again", server: found.address };
        found = yield* examine(server, target, ports, signal);
      }
    }
    open += found.findings.length;
  }
  for (const { title, lines } of input.others) yield { type: "rules-written", title, lines };
  if (input.mode === "print") return "printed";
  return open === 0 ? "closed" : "open";
}

interface Found {
  readonly address: string;
  readonly isSuperuser: boolean;
  readonly findings: readonly Finding[];
}

async function* examine(
  given: LockdownServer,
  target: LockdownTarget,
  ports: LockdownPorts,
  signal: AbortSignal,
): AsyncGenerator<LockdownEvent, Found> {
  const server = await target.readServer();
  const policy = decidePolicy(given, server);
  requireRoles(given, new Set(server.roles.map(({ name }) => name)));
  const inside: InsideFacts[] = [];
  const unread: { readonly database: string; readonly why: string }[] = [];
  for (const { name, takesConnections } of server.databases) {
    throwIfInterrupted(signal);
    if (!takesConnections) continue;
    try {
      inside.push(await target.readInside(name));
    } catch (error) {
      if (!(error instanceof OpsError)) throw error;
      unread.push({ database: name, why: error.message });
    }
  }
  const { address } = server;
  yield {
    type: "server-examined",
    server: address,
    version: server.version,
    databases: inside.map(({ database }) => database),
    exempt: [...policy.exempt]
      .filter(([role]) => !role.startsWith("pg_"))
      .map(([role, why]) => ({ role, why })),
  };
  const findings = await judgeServer({ server, inside, unread }, policy, (language, body) =>
    ports.judgeBody(language, body),
  );
  for (const finding of findings) yield { type: "opening-found", server: address, finding };
  if (findings.some(({ way }) => way === "hba-network")) {
    yield {
      type: "hba-written",
      server: address,
      file: server.hba?.file ?? "pg_hba.conf",
      lines: hbaLines(server, policy, given),
    };
  }
  return { address, isSuperuser: server.isSuperuser, findings };
}

/** A misspelled role would exempt nobody, or own nothing. */
function requireRoles(given: LockdownServer, known: ReadonlySet<string>): void {
  const unknown = [given.proxyRole, ...given.admins].find((name) => name !== null && !known.has(name));
  if (unknown === undefined || unknown === null) return;
  throw new OpsError(
    "bad-usage",
    `the server has no role ${unknown}`,
    "name roles that are there with --proxy-role and --admin",
  );
}

/** One transaction for each database, then one for what is the server's: no transaction reaches over both. */
async function* applyAll(
  found: Found,
  target: LockdownTarget,
  signal: AbortSignal,
): AsyncGenerator<LockdownEvent, number> {
  const groups = groupStatements(found.findings);
  if (groups.length > 0 && !found.isSuperuser) {
    throw new OpsError(
      "permission-denied",
      `only a superuser can close what is open at ${found.address}`,
      "--apply with a superuser's URL, and name the proxy's role with --proxy-role",
    );
  }
  let count = 0;
  for (const { database, statements } of groups) {
    throwIfInterrupted(signal);
    await target.apply(database, statements);
    count += statements.length;
    yield { type: "statements-applied", server: found.address, database, statements };
  }
  return count;
}

/** Databases first: what is inside of them is still found by who owned the database. The same statement is run once. */
export function groupStatements(
  findings: readonly Finding[],
): readonly { readonly database: string | null; readonly statements: readonly Statement[] }[] {
  const groups = new Map<string | null, Statement[]>();
  const all = findings.flatMap(({ statements }) => statements);
  for (const database of [...new Set(all.map((each) => each.database)).difference(new Set([null])), null]) {
    const statements: Statement[] = [];
    for (const statement of all) {
      if (statement.database !== database || statements.some(({ sql }) => sql === statement.sql)) continue;
      statements.push(statement);
    }
    if (statements.length > 0) groups.set(database, statements);
  }
  return [...groups].map(([database, statements]) => ({ database, statements }));
}
