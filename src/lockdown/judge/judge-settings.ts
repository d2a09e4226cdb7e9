import type { KeptSetting, ServerFacts } from "../facts.ts";
import type { Finding } from "../finding.ts";
import { isOrdinary } from "../policy.ts";
import type { LockdownPolicy } from "../policy.ts";
import { quoteGrantee, quoteName } from "../quote.ts";

/** Settings that turn a guard off, by the value that does, and the value that does not. */
const guarding: Readonly<
  Record<string, { readonly off: RegExp; readonly safe: string; readonly why: string }>
> = {
  session_replication_role: {
    off: /^(replica|local)$/i,
    safe: "origin",
    why: "triggers and foreign keys do not fire",
  },
  event_triggers: { off: /^(off|false|no|0|f|n|of)$/i, safe: "on", why: "event triggers do not fire" },
  lo_compat_privileges: {
    off: /^(on|true|yes|1|t|y)$/i,
    safe: "off",
    why: "every role may remove every large object",
  },
  allow_system_table_mods: {
    off: /^(on|true|yes|1|t|y)$/i,
    safe: "off",
    why: "system catalogs can be altered",
  },
  log_statement: { off: /^none$/i, safe: "ddl", why: "no statement is in the server's log" },
};

/** Of these, the server's default is the value that turns the guard off: what everybody has is not found fault with. */
const offByDefault = new Set(["log_statement"]);

/** Settings that are applied at login, rights to change settings, and what the server itself is set to. */
export function judgeSettings(server: ServerFacts, policy: LockdownPolicy): readonly Finding[] {
  return [...kept(server, policy), ...granted(server, policy), ...ofServer(server)];
}

function kept(server: ServerFacts, policy: LockdownPolicy): readonly Finding[] {
  return server.keptSettings.flatMap((setting): readonly Finding[] => {
    const guard = guarding[setting.parameter];
    if (guard?.off.test(setting.value) !== true) return [];
    if (setting.role !== null && !isOrdinary(policy, setting.role)) return [];
    const { clause, object } = placeOf(setting);
    return [
      {
        way: "role-setting",
        object,
        database: null,
        reason: `${setting.parameter} = ${setting.value} at every login: ${guard.why}`,
        statements: [{ database: null, sql: `ALTER ${clause} RESET ${quoteName(setting.parameter)}` }],
        advice: null,
      },
    ];
  });
}

function placeOf({ role, database }: KeptSetting): { readonly clause: string; readonly object: string } {
  if (role !== null && database !== null)
    return {
      clause: `ROLE ${quoteName(role)} IN DATABASE ${quoteName(database)}`,
      object: `role ${role} in database ${database}`,
    };
  if (role !== null) return { clause: `ROLE ${quoteName(role)}`, object: `role ${role}` };
  if (database !== null) return { clause: `DATABASE ${quoteName(database)}`, object: `database ${database}` };
  return { clause: "ROLE ALL", object: "every role" };
}

function granted(server: ServerFacts, policy: LockdownPolicy): readonly Finding[] {
  return server.parameterGrants
    .filter(
      ({ grantee, privilege, parameter }) =>
        isOrdinary(policy, grantee) && (privilege === "ALTER SYSTEM" || Object.hasOwn(guarding, parameter)),
    )
    .map(({ grantee, privilege, parameter }): Finding => ({
      way: "parameter",
      object: `parameter ${parameter}`,
      database: null,
      reason:
        privilege === "SET"
          ? `${grantee ?? "every role"} may set it: ${guarding[parameter]?.why ?? ""}`
          : `${grantee ?? "every role"} may set it for the whole server (ALTER SYSTEM)`,
      statements: [
        {
          database: null,
          sql: `REVOKE ${privilege} ON PARAMETER ${parameter.split(".").map(quoteName).join(".")} FROM ${quoteGrantee(grantee)} CASCADE`,
        },
      ],
      advice: null,
    }));
}

function ofServer(server: ServerFacts): readonly Finding[] {
  return server.settings.flatMap(({ name, value, isFixedAtStart }): readonly Finding[] => {
    const guard = guarding[name];
    if (guard?.off.test(value) !== true || offByDefault.has(name)) return [];
    return [
      {
        way: "server-setting",
        object: `setting ${name}`,
        database: null,
        reason: `${name} = ${value} for everybody: ${guard.why}`,
        statements: isFixedAtStart
          ? []
          : [
              { database: null, sql: `ALTER SYSTEM SET ${name} TO '${guard.safe}'`, isAlone: true },
              { database: null, sql: "SELECT pg_catalog.pg_reload_conf()", isAlone: true },
            ],
        advice: isFixedAtStart ? `the server was started with -c ${name}=${value}: start it without` : null,
      },
    ];
  });
}
