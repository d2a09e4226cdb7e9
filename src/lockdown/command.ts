import { loadServerConfig } from "../config/load-server.ts";
import { OpsError } from "../errors.ts";
import { defineCommand } from "../run/command.ts";
import type { Shell } from "../run/shell.ts";
import { aclRules } from "./acl-rules.ts";
import { openLockdownPorts } from "./adapters/lockdown-ports.ts";
import { lockdown } from "./feature.ts";
import { lockdownInput, requireAddress, requirePattern, usualTenants } from "./input.ts";
import type { LockdownInput, LockdownServer } from "./input.ts";

type Rest = Omit<LockdownServer, "dbUrl">;

export const command = defineCommand({
  flags: {
    "db-url": {
      type: "string",
      value: "URL",
      describe: "The server: a libpq URI, a key=value DSN, or env; left out with --config: its targets",
    },
    check: { type: "boolean", describe: "Say what is open, and end with 1 when something is" },
    apply: { type: "boolean", describe: "Run the SQL that closes what is open, then look again" },
    "proxy-role": {
      type: "string",
      value: "ROLE",
      describe: "The role that the proxy uses, which is to own tenants' databases; the URL's when left out",
    },
    "proxy-address": {
      type: "string",
      value: "CIDR",
      describe: "Where the proxy connects from, for pg_hba.conf; any address when left out",
    },
    tenants: {
      type: "string",
      value: "PATTERN",
      describe: "The names of tenants' databases and roles",
      default: usualTenants,
    },
    admin: {
      type: "string",
      value: "ROLE",
      describe: "A role that keeps what it has: an admin, a standby's, a backup's",
      repeatable: true,
    },
    protect: {
      type: "string",
      value: "SCHEMA",
      describe: "A schema of which ordinary roles drop nothing, not even what they own",
      repeatable: true,
    },
  },
  notRunVerdict: "not-run",
  examples: [
    [
      "custody lockdown --db-url postgres://dba@db/postgres --proxy-role custody",
      "print the SQL and the pg_hba lines, with reasons",
    ],
    [
      "custody lockdown --db-url postgres://dba@db/postgres --proxy-role custody --check",
      "what is open; exit code 1 when something is",
    ],
    [
      "custody lockdown --config custody.yaml",
      "the same for every target, and the rules for Redis, NATS and MongoDB",
    ],
  ],
  async handler(flags, shell) {
    if (flags.check && flags.apply)
      throw new OpsError(
        "bad-usage",
        "--check and --apply are two things",
        "give one of them, or neither to print",
      );
    const rest: Rest = {
      proxyRole: flags.proxyRole ?? null,
      tenants: requirePattern(flags.tenants),
      admins: [...flags.admin],
      protectedSchemas: [...flags.protect],
      proxyAddress: flags.proxyAddress === undefined ? null : requireAddress(flags.proxyAddress),
    };
    const places =
      flags.dbUrl === undefined && shell.globals.config !== null
        ? await targetsOf(shell, rest)
        : { servers: [{ dbUrl: flags.dbUrl ?? "env", ...rest }], others: [] };
    const mode = flags.check ? "check" : flags.apply ? "apply" : "print";
    const input = lockdownInput.parse({ mode, ...places });
    return await shell.run(lockdown, input, openLockdownPorts({ env: shell.env, signal: shell.signal }));
  },
});

/** Every target of the configuration: PostgreSQL is examined, of the others the rules are printed. */
async function targetsOf(shell: Shell, rest: Rest): Promise<Pick<LockdownInput, "servers" | "others">> {
  const { sections } = await loadServerConfig({ path: shell.globals.config, cwd: shell.cwd, env: shell.env });
  const targets = sections.targets ?? [];
  return {
    servers: targets.flatMap(({ kind, url, names }) => {
      if (kind !== "postgres" || url === undefined) return [];
      const patterns = [names?.database, names?.role].filter((each) => each !== undefined);
      return [{ ...rest, dbUrl: url, tenants: [rest.tenants, ...patterns].join("|") }];
    }),
    others: targets.flatMap((target) => {
      const rules = aclRules(target);
      return rules === null ? [] : [{ title: rules.title, lines: [...rules.lines] }];
    }),
  };
}
