import type { LockdownPolicy } from "../policy.ts";
import { guardName, guardSchema, guardTriggerNames } from "../../postgres/guard-names.ts";
import { quoteText } from "../quote.ts";

/** What ownership cannot refuse: commands that destroy by owner, or that open a way to another server. */
export const guardedTags = [
  "DROP OWNED",
  "DROP SCHEMA",
  "CREATE EXTENSION",
  "ALTER EXTENSION",
  "DROP EXTENSION",
  "CREATE FOREIGN DATA WRAPPER",
  "ALTER FOREIGN DATA WRAPPER",
  "CREATE SERVER",
  "ALTER SERVER",
  "CREATE USER MAPPING",
  "ALTER USER MAPPING",
  "IMPORT FOREIGN SCHEMA",
  "CREATE LANGUAGE",
  "CREATE SUBSCRIPTION",
  "ALTER SUBSCRIPTION",
  "DROP SUBSCRIPTION",
] as const;

export const guardTriggers = [
  { name: guardTriggerNames.command, event: "ddl_command_start" },
  { name: guardTriggerNames.drop, event: "sql_drop" },
] as const;

/**
 * The body of the guard. It asks for the session's user, which SET ROLE and functions that run as their owner do not change; whoever
 * may change that one (SET SESSION AUTHORIZATION) is a superuser.
 */
export function guardBody(policy: LockdownPolicy): string {
  const exempt = [...policy.exempt.keys()].filter((name) => !name.startsWith("pg_")).toSorted();
  const list = (names: readonly string[]): string =>
    names.length === 0 ? "'{}'::text[]" : `array[${names.map(quoteText).join(", ")}]`;
  return `
declare
  fallen record;
begin
  if session_user::text = any (${list(exempt)}) then
    return;
  end if;
  if tg_event = 'ddl_command_start' then
    raise exception using errcode = '42501',
      message = pg_catalog.format('custody: %s is refused here for %s', tg_tag, session_user),
      hint = 'ask for it with: custody drop request';
  end if;
  for fallen in select * from pg_catalog.pg_event_trigger_dropped_objects() loop
    if fallen.is_temporary then
      continue;
    end if;
    if fallen.object_type = 'schema' or fallen.schema_name = any (${list(policy.protectedSchemas)}) then
      raise exception using errcode = '42501',
        message = pg_catalog.format('custody: dropping %s %s is refused here for %s', fallen.object_type, fallen.object_identity, session_user),
        hint = 'ask for it with: custody drop request';
    end if;
  end loop;
end
`;
}

/** What installs the guard, or replaces one that is not as it should be, whoever made its schema first. May be run again. */
export function guardStatements(policy: LockdownPolicy): readonly string[] {
  const call = `${guardSchema}.${guardName}`;
  const body = guardBody(policy);
  const quoted = body.includes("$custody$") ? quoteText(body) : `$custody$${body}$custody$`;
  const [command, drop] = guardTriggers;
  const tags = guardedTags.map((tag) => `'${tag}'`).join(", ");
  return [
    `CREATE SCHEMA IF NOT EXISTS ${guardSchema}`,
    `ALTER SCHEMA ${guardSchema} OWNER TO CURRENT_USER`,
    `REVOKE ALL ON SCHEMA ${guardSchema} FROM PUBLIC`,
    `CREATE OR REPLACE FUNCTION ${call}() RETURNS event_trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS ${quoted}`,
    `ALTER FUNCTION ${call}() OWNER TO CURRENT_USER`,
    `REVOKE ALL ON FUNCTION ${call}() FROM PUBLIC`,
    `DROP EVENT TRIGGER IF EXISTS ${command.name}`,
    `DROP EVENT TRIGGER IF EXISTS ${drop.name}`,
    `CREATE EVENT TRIGGER ${command.name} ON ddl_command_start WHEN TAG IN (${tags}) EXECUTE FUNCTION ${call}()`,
    `CREATE EVENT TRIGGER ${drop.name} ON sql_drop EXECUTE FUNCTION ${call}()`,
    `ALTER EVENT TRIGGER ${command.name} ENABLE ALWAYS`,
    `ALTER EVENT TRIGGER ${drop.name} ENABLE ALWAYS`,
  ];
}
