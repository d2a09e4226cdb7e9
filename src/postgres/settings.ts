import { existsSync } from "node:fs";
import { join } from "node:path";
import { OpsError } from "../errors.ts";
import type { ConnectionSettings, Environment } from "./connection-settings.ts";
import { parseConnectionString } from "./connection-string.ts";
import { homeOf, interpretParameters } from "./interpret-parameters.ts";
import { keywordNames, keywords } from "./keywords.ts";
import type { KeywordRole, Parameters } from "./keywords.ts";
import { readService } from "./service-file.ts";

export { displayAddress, passwordFor } from "./connection-settings.ts";
export type { ConnectionSettings, Environment } from "./connection-settings.ts";

/**
 * Reads `--db-url`: a libpq URI, a `key=value` string, or `env` (DATABASE_URL, else the PG* variables). What it leaves
 * open comes from the service it names, then from the environment, then from libpq's defaults; the variables that say
 * *which* database (PGHOST, PGDATABASE …) count only with `env`. Throws `bad-usage`.
 */
export async function resolveSettings(dbUrl: string, env: Environment): Promise<ConnectionSettings> {
  const isEnv = dbUrl.trim() === "env";
  const url = isEnv ? env["DATABASE_URL"] : dbUrl;
  const explicit =
    url === undefined || url === "" ? (isEnv ? {} : parseConnectionString("")) : parseConnectionString(url);
  const takesWhich = isEnv && !url;
  const fromEnv = fromEnvironment(env, takesWhich ? ["which", "how", "refused"] : ["how", "refused"]);
  const service = explicit.service ?? fromEnv.service;
  const fromService = service === undefined ? {} : await readService(service, serviceFiles(env));
  const given: Parameters = { ...fromEnv, ...fromService, ...explicit };
  refuseUnkept(given);
  return interpretParameters(given, env);
}

/** Whether the environment names a database at all. */
export function environmentNamesDatabase(env: Environment): boolean {
  return ["DATABASE_URL", "PGHOST", "PGHOSTADDR", "PGDATABASE", "PGSERVICE", "PGUSER", "PGPORT"].some(
    (name) => Boolean(env[name]),
  );
}

function fromEnvironment(env: Environment, roles: readonly KeywordRole[]): Parameters {
  const found: Parameters = {};
  for (const name of keywordNames) {
    const { role, variable } = keywords[name];
    const value = variable === undefined ? undefined : env[variable];
    if (value && roles.includes(role)) found[name] = value;
  }
  return found;
}

/** In the order in which libpq looks. */
function serviceFiles(env: Environment): readonly string[] {
  const user = env["PGSERVICEFILE"] ?? join(homeOf(env), ".pg_service.conf");
  const system =
    env["PGSYSCONFDIR"] ?? (existsSync("/etc/postgresql-common") ? "/etc/postgresql-common" : "/etc");
  return [user, join(system, "pg_service.conf")];
}

function refuseUnkept(given: Parameters): void {
  for (const name of keywordNames) {
    if (keywords[name].role !== "refused" || given[name] === undefined) continue;
    throw new OpsError(
      "bad-usage",
      `custody cannot honour the connection parameter ${name}`,
      `leave ${name} out (and ${keywords[name].variable ?? name} out of the environment)`,
    );
  }
  if (given.gssencmode === "require") {
    throw new OpsError(
      "bad-usage",
      "custody cannot honour gssencmode=require",
      "use TLS: sslmode=verify-full",
    );
  }
}
