import { expect, test } from "bun:test";
import { installedGuards } from "../../src/audit/guards/guards.ts";
import type { Session } from "../../src/postgres/session.ts";
import { startTestCluster } from "../support/cluster.ts";
import { appendRows, chainDatabase, prepareChains } from "../support/chain-database.ts";
import type { ChainDatabase } from "../support/chain-database.ts";
import { findChain } from "../../src/audit/find-chain.ts";
import { verifyChain } from "../../src/audit/verify-chain.ts";
import type { ChainVerification } from "../../src/audit/verify-chain.ts";

/** Everything that the migration installs is dropped, changed or disabled in turn: the list is that of the guards' file. */

const cluster = await startTestCluster(15);
await prepareChains(cluster);
const installed = installedGuards[1]!;
const tables = ["audit_events", "audit_chain_head", "audit_chain_pruned"];

/** Functions that an operator gives to those who may use them. */
const grantable = new Set(["audit_events_redact", "audit_chain_prune", "audit_events_verify_chain"]);

async function anotherBody({ sql }: Session, name: string, result: string): Promise<string> {
  const [row] = await sql<
    { text: string }[]
  >`select pg_get_functiondef(${`public.${withoutNames(name)}`}::regprocedure) as text`;
  const text = row!.text;
  const changed = / LANGUAGE sql/i.test(text)
    ? text.replace(/RETURN [\s\S]*$/, `RETURN NULL::${result}`)
    : text.replace(/\nBEGIN\n/, "\nBEGIN\n  PERFORM 1;\n");
  expect(changed).not.toBe(text);
  return changed;
}

async function anotherDefault({ sql }: Session, name: string): Promise<string> {
  const [row] = await sql<
    { text: string }[]
  >`select pg_get_functiondef(${`public.${withoutNames(name)}`}::regprocedure) as text`;
  const changed = row!.text.replace("DEFAULT SESSION_USER", "DEFAULT 'boss'");
  expect(changed).not.toBe(row!.text);
  return changed;
}

/** `f(size bigint, OUT row_hash bytea)` → `f(bigint)`: what a regprocedure is read from. */
function withoutNames(identity: string): string {
  const [, name, args] = /^(\w+)\((.*)\)$/s.exec(identity)!;
  const types = args!.split(", ").flatMap((each) => {
    if (each === "" || each.startsWith("OUT ")) return [];
    return [each.replace(/^(?:"[^"]+"|\w+) /, "")];
  });
  return `${name}(${types.join(", ")})`;
}

const triggerChanges: readonly Change[] = Object.entries(installed.triggers).flatMap(
  ([name, definition]): Change[] => {
    const [table, trigger] = name.split(".") as [string, string];
    const alter = `alter table public.${table}`;
    const drop = `drop trigger ${trigger} on public.${table}`;
    const own = definition.replaceAll(":schema", "public");
    return [
      [`${name} dropped`, drop],
      [`${name} disabled`, `${alter} disable trigger ${trigger}`],
      [`${name} on replicas only`, `${alter} enable replica trigger ${trigger}`],
      [`${name} always`, `${alter} enable always trigger ${trigger}`],
      [`${name} renamed`, `alter trigger ${trigger} on public.${table} rename to renamed`],
      [
        `${name} with another function`,
        `create function public.nothing() returns trigger language plpgsql as 'begin return null; end'; ${drop}; ${own.replace(/EXECUTE FUNCTION .*/, "EXECUTE FUNCTION public.nothing()")}`,
      ],
      ...(definition.includes("INITIALLY DEFERRED")
        ? [
            [
              `${name} at once`,
              `${drop}; ${own.replace("INITIALLY DEFERRED", "INITIALLY IMMEDIATE")}`,
            ] as const,
          ]
        : []),
    ];
  },
);

const constraintChanges: readonly Change[] = Object.keys(installed.constraints).flatMap((name): Change[] => {
  const [table, constraint] = name.split(".") as [string, string | undefined];
  return constraint === undefined
    ? [[`index ${name} dropped`, `drop index public.${name}`]]
    : [
        [`${name} dropped`, `alter table public.${table} drop constraint ${constraint}`],
        [`${name} renamed`, `alter table public.${table} rename constraint ${constraint} to renamed`],
      ];
});

/** Of every type that the migration uses, what may be a default. */
const values = {
  text: "'x'",
  bigint: "0",
  "bytea[]": "'{}'",
  bytea: "'\\x00'",
  jsonb: "'{}'",
  timestamp: "now()",
};
const columnChanges: readonly Change[] = Object.entries(installed.columns).flatMap(
  ([name, definition]): Change[] => {
    const [table, column] = name.split(".") as [string, string];
    const alter = `alter table public.${table} alter column "${column}"`;
    return [
      // In the catalog: a primary key's columns, and those that hold a NULL, allow no other way.
      [
        `${name} ${definition.includes("NOT NULL") ? "may" : "must not"} be NULL`,
        `update pg_attribute set attnotnull = not attnotnull where attrelid = 'public.${table}'::regclass and attname = '${column}'`,
      ],
      definition.includes("DEFAULT")
        ? [`${name} without its default`, `${alter} drop default`]
        : [
            `${name} with a default`,
            `${alter} set default ${Object.entries(values).find(([type]) => definition.startsWith(type))?.[1] ?? "'x'"}`,
          ],
    ];
  },
);

const databaseChanges: readonly Change[] = [
  [
    "triggers off for whoever connects",
    "do $$ begin execute format('alter database %I set session_replication_role = replica', current_database()); end $$",
  ],
  ["triggers off for all roles", "alter role all set session_replication_role = replica"],
];

const tableChanges: readonly Change[] = tables.flatMap((table): Change[] => [
  [`${table} of another owner`, `alter table public.${table} owner to stranger`],
  ...["INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"].flatMap((right): Change[] => [
    [`${right} on ${table} granted`, `grant ${right} on public.${table} to stranger`],
    [`${right} on ${table} granted to all`, `grant ${right} on public.${table} to public`],
  ]),
  [`row security on ${table}`, `alter table public.${table} enable row level security`],
  [`row security on ${table} for its owner`, `alter table public.${table} force row level security`],
  [`${table} without its log`, `alter table public.${table} set unlogged`],
  [
    `no trigger on ${table}`,
    `update pg_class set relhastriggers = false where oid = 'public.${table}'::regclass`,
  ],
  [`a rule on ${table}`, `create rule r as on insert to public.${table} do instead nothing`],
  [`a child of ${table}`, `create table public.child () inherits (public.${table})`],
  [
    `a trigger before the rows of ${table}`,
    `create function public.nothing() returns trigger language plpgsql as 'begin return new; end'; create trigger own before insert on public.${table} for each row execute function public.nothing()`,
  ],
]);
const writerColumns = new Set(
  "id actor actor_type action resource_type resource_id details timestamp event_category".split(" "),
);

/** Makes a statement of what the server says of an object. */
type Change = readonly [name: string, statement: string | ((session: Session) => Promise<string>)];

/** `object(type name, …)`: the identity without the names of its arguments is what ALTER FUNCTION takes. */
const functionChanges: readonly Change[] = Object.entries(installed.functions).flatMap(
  ([name, facts]): Change[] => {
    const alter = `alter function public.${name}`;
    return [
      [`${name} dropped`, `drop function public.${name} cascade`],
      [`${name} renamed`, `${alter} rename to renamed`],
      [`${name} with another body`, (session) => anotherBody(session, name, facts.result)],
      [`${name} of another owner`, `${alter} owner to stranger`],
      [
        `${name} with ${facts.runsAsOwner ? "the caller's" : "the owner's"} rights`,
        `${alter} security ${facts.runsAsOwner ? "invoker" : "definer"}`,
      ],
      [`${name} not run for NULL`, `${alter} strict`],
      ...(facts.defaults === null
        ? []
        : [[`${name} with another default`, (session: Session) => anotherDefault(session, name)] as const]),
      [`${name} of another volatility`, `${alter} ${facts.volatility === "v" ? "stable" : "volatile"}`],
      [`${name} with another setting`, `${alter} set search_path = public, pg_temp`],
      ...(facts.settings.length === 0
        ? []
        : [[`${name} without its settings`, `${alter} reset all`] as const]),
      [
        `${name} ${facts.isPublic ? "taken from" : "given to"} everybody`,
        facts.isPublic
          ? `revoke execute on function public.${name} from public`
          : `grant execute on function public.${name} to public`,
      ],
      ...(facts.isPublic || grantable.has(name.slice(0, name.indexOf("(")))
        ? []
        : [[`${name} given to a stranger`, `grant execute on function public.${name} to stranger`] as const]),
    ];
  },
);

const grantChanges: readonly Change[] = Object.keys(installed.columns).flatMap((name): Change[] => {
  const [table, column] = name.split(".") as [string, string];
  const grant = (right: string): string => `grant ${right} ("${column}") on public.${table} to stranger`;
  const isWriters = table === "audit_events" && writerColumns.has(column);
  return [
    [`update of ${name} granted`, grant("update")],
    isWriters
      ? [`insert of ${name} granted to be granted`, `${grant("insert")} with grant option`]
      : [`insert of ${name} granted`, grant("insert")],
  ];
});

/** What the verification says after a statement, which is undone. */
async function seenAfter({ admin }: ChainDatabase, statement: Change[1]): Promise<ChainVerification> {
  const { sql } = admin;
  await sql.unsafe("begin");
  try {
    await sql.unsafe("set local allow_system_table_mods = on");
    await sql.unsafe(typeof statement === "string" ? statement : await statement(admin)).simple();
    return await verifyChain(admin, (await findChain(admin))!);
  } finally {
    await sql.unsafe("rollback");
  }
}

test.each([
  ["functions", functionChanges, Object.keys(installed.functions).length * 9],
  ["triggers", triggerChanges, Object.keys(installed.triggers).length * 6],
  ["constraints", constraintChanges, Object.keys(installed.constraints).length],
  ["columns", columnChanges, Object.keys(installed.columns).length * 2],
  ["tables", tableChanges, 3 * 20],
  ["the database", databaseChanges, 2],
  ["grants of columns", grantChanges, Object.keys(installed.columns).length * 2],
] as const)("%s: each change is found", async (_, changes, least) => {
  expect(changes.length).toBeGreaterThanOrEqual(least);
  await using chain = await chainDatabase(cluster);
  await appendRows(chain.owner, 3);
  expect(await seenAfter(chain, "select 1")).toMatchObject({ findings: [] });
  const missed: string[] = [];
  for (const [name, statement] of changes) {
    try {
      const { findings } = await seenAfter(chain, statement);
      if (findings.length === 0) missed.push(name);
      else if (findings.some((each) => each.class !== "guard-changed"))
        missed.push(`${name}: ${JSON.stringify(findings)}`);
    } catch (error) {
      missed.push(`${name}: ${String(error)}`);
    }
  }
  expect(missed).toEqual([]);
});

test("what neither opens nor weakens the chain is no finding", async () => {
  await using chain = await chainDatabase(cluster);
  await appendRows(chain.owner, 3);
  const harmless = [
    "alter index public.audit_events_redaction_key set (fillfactor = 70)",
    "alter index public.audit_events_pkey set (fillfactor = 70); alter table public.audit_events set (autovacuum_enabled = off)",
    "create function public.audit_events_report() returns int language sql as 'select 1'; revoke all on function public.audit_events_report() from public; grant execute on function public.audit_events_report() to stranger",
    "create index on public.audit_events (actor); alter table public.audit_events add column note text",
    "alter table public.audit_events replica identity full, alter details set storage external, cluster on audit_events_seq_key",
    "create table public.child (event text references public.audit_events (id) on delete cascade)",
    "grant select on public.audit_events, public.audit_chain_head to public",
    "reassign owned by chain_owner to stranger",
  ];
  for (const statement of harmless)
    expect([statement, (await seenAfter(chain, statement)).findings]).toEqual([statement, []]);
});

test("a chain that calls itself newer is not verified: nothing is known that its guards could be compared with", async () => {
  await using chain = await chainDatabase(cluster);
  await appendRows(chain.owner, 3);
  await expect(
    seenAfter(
      chain,
      "create or replace function public.audit_chain_version() returns integer language sql immutable parallel safe return 7",
    ),
  ).rejects.toMatchObject({ code: "chain-too-new", exitCode: 3 });
});
