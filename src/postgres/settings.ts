import { existsSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import { OpsError } from "../errors.ts";
import { parseConnectionString } from "./connection-string.ts";
import { parseHosts } from "./hosts.ts";
import type { Host } from "./hosts.ts";
import { keywords } from "./keywords.ts";
import type { KeywordName, KeywordRole, Parameters } from "./keywords.ts";
import { findPassword, readPassfile } from "./passfile.ts";
import { readService } from "./service-file.ts";

export type { Host } from "./hosts.ts";

/** The environment as handed in by the process edge; nothing below `main.ts` reads `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

export const sslModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;
export type SslMode = (typeof sslModes)[number];

const sessionAttributes = ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"] as const;
export type SessionAttributes = (typeof sessionAttributes)[number];

/** How to reach one database, with libpq's meaning of each word. Holds secrets: never log or show it whole. */
export interface ConnectionSettings {
  /** Tried in order; at least one. */
  readonly hosts: readonly Host[];
  readonly user: string;
  readonly database: string;
  readonly password?: string;
  readonly sslmode: SslMode;
  readonly sslnegotiation?: "postgres" | "direct";
  /** A file, or `system`. */
  readonly sslrootcert?: string;
  readonly sslcert?: string;
  readonly sslkey?: string;
  readonly sslcrl?: string;
  readonly sslsni?: boolean;
  readonly sslMinVersion?: string;
  readonly sslMaxVersion?: string;
  readonly channelBinding?: "disable" | "prefer" | "require";
  readonly options?: string;
  readonly connectTimeoutSeconds?: number;
  readonly targetSessionAttrs?: SessionAttributes;
  readonly loadBalanceHosts?: boolean;
  /** What the user should know about how these settings came about, such as an ignored password file. */
  readonly notes?: readonly string[];
}

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
  return settle(given, env);
}

/** Whether the environment names a database at all. */
export function environmentNamesDatabase(env: Environment): boolean {
  return ["DATABASE_URL", "PGHOST", "PGHOSTADDR", "PGDATABASE", "PGSERVICE", "PGUSER", "PGPORT"].some(
    (name) => Boolean(env[name]),
  );
}

/** `postgres://user@host:5432/db`, for messages: never a password. */
export function displayAddress(settings: ConnectionSettings): string {
  const hosts = settings.hosts.map(({ host, port }) => {
    if (host.startsWith("/")) return encodeURIComponent(host) + (port === 5432 ? "" : `:${port}`);
    return `${host.includes(":") ? `[${host}]` : host}:${port}`;
  });
  return `postgres://${encodeURIComponent(settings.user)}@${hosts.join(",")}/${encodeURIComponent(settings.database)}`;
}

/** The password to use with one of the hosts, if there is any. */
export function passwordFor(settings: ConnectionSettings, host: Host): string | undefined {
  return settings.password ?? host.password;
}

function fromEnvironment(env: Environment, roles: readonly KeywordRole[]): Parameters {
  const found: Parameters = {};
  for (const [name, keyword] of Object.entries(keywords) as [KeywordName, (typeof keywords)[KeywordName]][]) {
    const value = keyword.variable === undefined ? undefined : env[keyword.variable];
    if (value && roles.includes(keyword.role)) found[name] = value;
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
  for (const name of Object.keys(given) as KeywordName[]) {
    if (keywords[name].role !== "refused") continue;
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

async function settle(given: Parameters, env: Environment): Promise<ConnectionSettings> {
  const user = given.user ?? userInfo().username;
  const database = given.dbname ?? user;
  const hosts = parseHosts(given);
  const isSystemRoots = given.sslrootcert === "system";
  const sslmode = oneOf("sslmode", sslModes, given.sslmode) ?? (isSystemRoots ? "verify-full" : "prefer");
  if (isSystemRoots && sslmode !== "verify-full") {
    throw new OpsError(
      "bad-usage",
      `sslmode=${sslmode} is too weak for sslrootcert=system`,
      "use sslmode=verify-full",
    );
  }
  const secret =
    given.password === undefined
      ? await passwordsFromFile(given, env, hosts, user, database)
      : { hosts, notes: [] };
  const tls = given.sslcertmode === "disable" ? {} : { sslcert: given.sslcert, sslkey: given.sslkey };
  return dropAbsent({
    hosts: secret.hosts,
    user,
    database,
    password: given.password,
    sslmode,
    sslnegotiation: oneOf("sslnegotiation", ["postgres", "direct"] as const, given.sslnegotiation),
    sslrootcert: given.sslrootcert ?? existing(join(homeOf(env), ".postgresql", "root.crt")),
    sslcert:
      tls.sslcert ??
      (given.sslcertmode === "disable"
        ? undefined
        : existing(join(homeOf(env), ".postgresql", "postgresql.crt"))),
    sslkey:
      tls.sslkey ??
      (given.sslcertmode === "disable"
        ? undefined
        : existing(join(homeOf(env), ".postgresql", "postgresql.key"))),
    sslcrl: given.sslcrl,
    sslsni: given.sslsni === undefined ? undefined : given.sslsni !== "0",
    sslMinVersion: given.ssl_min_protocol_version,
    sslMaxVersion: given.ssl_max_protocol_version,
    channelBinding: oneOf(
      "channel_binding",
      ["disable", "prefer", "require"] as const,
      given.channel_binding,
    ),
    options: given.options,
    connectTimeoutSeconds: seconds("connect_timeout", given.connect_timeout),
    targetSessionAttrs: oneOf("target_session_attrs", sessionAttributes, given.target_session_attrs),
    loadBalanceHosts:
      given.load_balance_hosts === undefined ? undefined : given.load_balance_hosts === "random",
    notes: secret.notes.length === 0 ? undefined : secret.notes,
  });
}

async function passwordsFromFile(
  given: Parameters,
  env: Environment,
  hosts: readonly Host[],
  user: string,
  database: string,
): Promise<{ readonly hosts: readonly Host[]; readonly notes: readonly string[] }> {
  const { text, note } = await readPassfile(given.passfile ?? join(homeOf(env), ".pgpass"));
  if (text === undefined) return { hosts, notes: note === undefined ? [] : [note] };
  const withPasswords = hosts.map((host) => {
    const password = findPassword(text, { host: host.host, port: host.port, database, user });
    return password === undefined ? host : { ...host, password };
  });
  return { hosts: withPasswords, notes: [] };
}

function oneOf<T extends string>(
  name: string,
  allowed: readonly T[],
  value: string | undefined,
): T | undefined {
  if (value === undefined) return undefined;
  const found = allowed.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  throw new OpsError(
    "bad-usage",
    `${name} has a value that it cannot have`,
    `use one of ${allowed.join(", ")}`,
  );
}

function seconds(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^\s*-?\d{1,9}\s*$/.test(value))
    throw new OpsError("bad-usage", `${name} is not a number of seconds`, `write ${name}=10`);
  return Number(value);
}

function existing(file: string): string | undefined {
  return existsSync(file) ? file : undefined;
}

function homeOf(env: Environment): string {
  return env["HOME"] || homedir();
}

type Present<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** An absent setting is an absent key. */
function dropAbsent<T extends object>(value: T): Present<T> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Present<T>;
}
