import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { OpsError } from "../errors.ts";
import { secureVersions, sessionAttributes, sslModes } from "./connection-settings.ts";
import type { ConnectionSettings, Environment, Host } from "./connection-settings.ts";
import { parseHosts } from "./hosts.ts";
import type { Parameters } from "./keywords.ts";
import { findPassword, readPassfile } from "./passfile.ts";
import { systemUserName } from "../run/system-user.ts";

/** Gives the words of libpq their meaning, with libpq's defaults. Throws `bad-usage`; a value is repeated only where it cannot be a secret. */
export async function interpretParameters(given: Parameters, env: Environment): Promise<ConnectionSettings> {
  const user = given.user ?? systemUserName();
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
  if (given.channel_binding === "require" && sslmode !== "verify-full") {
    throw new OpsError(
      "bad-usage",
      "custody cannot bind the password to the TLS connection, as channel_binding=require asks",
      "use sslmode=verify-full (sslrootcert=system for a public CA): it keeps the same attacker out",
    );
  }
  const secret =
    given.password === undefined
      ? await passwordsFromFile(given, env, hosts, user, database)
      : { hosts, notes: [] };
  return {
    hosts: secret.hosts,
    user,
    database,
    password: given.password,
    sslmode,
    sslnegotiation: oneOf("sslnegotiation", ["postgres", "direct"] as const, given.sslnegotiation),
    sslrootcert: given.sslrootcert ?? existing(join(homeOf(env), ".postgresql", "root.crt")),
    ...clientCertificate(given, env),
    sslcrl: given.sslcrl,
    sslsni: given.sslsni === undefined ? undefined : given.sslsni !== "0",
    sslMinVersion: oneOf("ssl_min_protocol_version", secureVersions, given.ssl_min_protocol_version),
    sslMaxVersion: oneOf("ssl_max_protocol_version", secureVersions, given.ssl_max_protocol_version),
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
  };
}

function clientCertificate(
  given: Parameters,
  env: Environment,
): Pick<ConnectionSettings, "sslcert" | "sslkey"> {
  if (given.sslcertmode === "disable") return {};
  return {
    sslcert: given.sslcert ?? existing(join(homeOf(env), ".postgresql", "postgresql.crt")),
    sslkey: given.sslkey ?? existing(join(homeOf(env), ".postgresql", "postgresql.key")),
  };
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

export function homeOf(env: Environment): string {
  return env["HOME"] || homedir();
}
