import { describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMerkleFrontier, leafOf } from "../../src/audit/merkle/frontier.ts";
import { installChain } from "../../src/audit/install-chain.ts";
import { connect } from "../../src/postgres/connect.ts";
import type { Session } from "../../src/postgres/session.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";
import { freshDatabase, majors, startTestCluster, testTools } from "../support/cluster.ts";
import {
  appendRows,
  chainDatabase,
  firstBreak,
  ownerRole,
  prepareChains,
  stateOf,
} from "../support/chain-database.ts";

const source = await startTestCluster(15);
await prepareChains(source);
const tools = await testTools();

type Form = "custom" | "plain" | "inserts";

/** Dumps with the options given and restores at once, stopping at the first error; throws what the tools say. */
async function copyDatabase(
  from: ConnectionSettings,
  to: ConnectionSettings,
  form: Form,
  options: readonly string[] = [],
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "chain-restore-"));
  const path = join(folder, "dump");
  const format = { custom: ["-Fc"], plain: ["-Fp"], inserts: ["-Fp", "--inserts"] }[form];
  try {
    await runTool("pg_dump", from, [...format, ...options, "-f", path]);
    if (form === "custom") await runTool("pg_restore", to, ["--exit-on-error", path]);
    else await runTool("psql", to, ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", path]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function runTool(
  tool: "pg_dump" | "pg_restore" | "psql",
  settings: ConnectionSettings,
  args: readonly string[],
): Promise<void> {
  const host = settings.hosts[0]!;
  const child = Bun.spawn(
    [
      join(tools.binDir, tool),
      "-h",
      host.host,
      "-p",
      String(host.port),
      "-U",
      settings.user,
      "-d",
      settings.database,
      ...args,
    ],
    { stdout: "pipe", stderr: "pipe", env: { PATH: "/usr/bin:/bin", LC_ALL: "C" } },
  );
  const [errors, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  if (code !== 0) throw new Error(`${tool} ended with ${code}: ${errors}`);
}

/** A chain with what a restore must carry: many transactions, a redaction, rows whose heap order is not their order. */
async function makeChain(): Promise<Awaited<ReturnType<typeof chainDatabase>>> {
  const chain = await chainDatabase(source);
  await appendRows(chain.owner, 50, "early-");
  const other = await chain.open();
  await chain.sql.begin(async (sql) => {
    await sql`insert into audit_events (id, actor, actor_type, action, resource_type, resource_id) values ('late', 'a', 'b', 'c', 'd', 'e')`;
    await appendRows(other, 50, "between-");
  });
  await chain.sql`select audit_events_redact('early-7', 'asked to')`;
  await chain.admin.sql.unsafe("vacuum public.audit_events");
  await appendRows(chain.owner, 50, "filling-");
  return chain;
}

async function facts(session: Session): Promise<unknown> {
  const [row] = await session.sql
    .unsafe(`select h.row_hash, h.seq, h.chain_id, (select count(*)::int from public.audit_events) as rows,
    (select encode(sha256(string_agg(row_hash, '' order by seq)), 'hex') from public.audit_events) as all_hashes from public.audit_chain_head h`);
  return row;
}

for (const major of majors) {
  const target = await startTestCluster(major);
  {
    await using admin = await connect(target.settings, { applicationName: "test" });
    for (const role of [ownerRole, "chain_appender"]) await admin.sql.unsafe(`create role ${role} login`);
  }

  describe(`a chain of 15 restored into PostgreSQL ${major}`, () => {
    test.each(["custom", "plain", "inserts"] as const)(
      "whole, from a dump in the form %s, verifies and goes on",
      async (form) => {
        await using chain = await makeChain();
        await using database = await freshDatabase(target);
        await copyDatabase(chain.settings, database.settings, form);
        await using session = await connect(database.settings, { applicationName: "test" });
        expect(await facts(session)).toEqual(await facts(chain.admin));
        await appendRows(session, 3, "after-");
        expect(await firstBreak(session)).toEqual({ id: null, pos: -1, rows: 155 });
      },
    );

    test.each(["custom", "plain"] as const)(
      "data alone, from a dump in the form %s, into a chain that is installed and empty",
      async (form) => {
        await using chain = await makeChain();
        await using database = await freshDatabase(target);
        await using session = await connect(database.settings, { applicationName: "test" });
        await installChain(session, { schema: "public" });
        await copyDatabase(chain.settings, database.settings, form, ["--data-only"]);
        expect(await facts(session)).toEqual(await facts(chain.admin));
        await appendRows(session, 3, "after-");
        expect(await firstBreak(session)).toEqual({ id: null, pos: -1, rows: 155 });
      },
    );

    test("schema and data apart, into a database that has neither", async () => {
      await using chain = await makeChain();
      await using database = await freshDatabase(target);
      await copyDatabase(chain.settings, database.settings, "plain", ["--schema-only"]);
      await copyDatabase(chain.settings, database.settings, "custom", ["--data-only"]);
      await using session = await connect(database.settings, { applicationName: "test" });
      expect(await facts(session)).toEqual(await facts(chain.admin));
      expect(await firstBreak(session)).toMatchObject({ pos: -1, rows: 152 });
    });
  });
}

test("a schema without its data gets its head from chain init, and only while there is no event", async () => {
  await using chain = await makeChain();
  await using database = await freshDatabase(source);
  await copyDatabase(chain.settings, database.settings, "plain", ["--schema-only"]);
  await using session = await connect(database.settings, { applicationName: "test" });
  expect(await stateOf(appendRows(session, 1))).toBe("CU003");
  await installChain(session, { schema: "public" });
  await appendRows(session, 2);
  expect(await firstBreak(session)).toEqual({ id: null, pos: -1, rows: 2 });
  await session.sql.unsafe(
    "alter table public.audit_chain_head disable trigger all; delete from public.audit_chain_head; alter table public.audit_chain_head enable trigger all",
  );
  await installChain(session, { schema: "public" });
  expect(await stateOf(appendRows(session, 1, "later-"))).toBe("CU003");
  expect(await stateOf(session.sql.unsafe("insert into public.audit_chain_head default values"))).toBe(
    "CU003",
  );
});

test("a pruned chain is restored by its data alone, and stands on what it stood on", async () => {
  await using chain = await makeChain();
  const frontier = createMerkleFrontier();
  for (const row of await chain.sql`select row_hash from audit_events where seq <= 60 order by seq`)
    frontier.push(leafOf(row["row_hash"]));
  const nodes = frontier.nodes().map((each) => `'\\x${Buffer.from(each).toString("hex")}'::bytea`);
  await chain.sql.unsafe(`select audit_chain_prune(60, array[${nodes.join(", ")}], sha256(''))`);
  await using empty = await chainDatabase(source);
  await copyDatabase(chain.settings, empty.settings, "custom", ["--data-only"]);
  expect(await facts(empty.admin)).toEqual(await facts(chain.admin));
  expect(await firstBreak(empty.owner)).toEqual({ id: null, pos: -1, rows: 153 });
  await appendRows(empty.owner, 1, "after-");
  expect(await firstBreak(empty.owner)).toEqual({ id: null, pos: -1, rows: 154 });
});

describe("rows that arrive already hashed", () => {
  const copied =
    "create temp table kept as select * from public.audit_events; create temp table head as select * from public.audit_chain_head";
  const arrive = (where: string): string =>
    `insert into public.audit_events select * from kept where ${where}`;

  test("go in only whole, in order, from the head on", async () => {
    await using chain = await makeChain();
    await using target = await chainDatabase(source);
    await chain.sql.unsafe(copied);
    const rows = await chain.sql`select to_jsonb(k)::text as row from kept k order by seq`;
    const [head] = await chain.sql`select chain_id from head`;
    await target.sql.unsafe("create temp table kept (like public.audit_events)");
    await target.sql.unsafe(
      "insert into kept select (jsonb_populate_record(null::kept, each)).* from jsonb_array_elements($1::text::jsonb) each",
      [`[${rows.map((each) => each["row"]).join(",")}]`],
    );
    // JSON has one null: the jsonb null of an event without details came as no value.
    await target.sql.unsafe(
      "update kept set details = 'null' where details is null and details_salt is not null",
    );
    expect(await stateOf(target.sql.unsafe(arrive("true")))).toBe("CU004");
    await target.sql`insert into audit_chain_head (chain_id) values (${head!["chain_id"]})`;
    for (const where of ["seq > 1", "seq <> 70", "seq <= 40 or seq > 41", "seq <> 102", "seq = 2"]) {
      expect([where, await stateOf(target.sql.unsafe(arrive(where)))]).toEqual([where, "CU004"]);
    }
    const unredacted =
      "update kept set details = '{}', details_salt = '\\x00112233445566778899aabbccddeeff' where id = 'early-7'";
    await target.sql.unsafe(`begin; savepoint s; ${unredacted}`);
    expect(await stateOf(target.sql.unsafe(arrive("true")))).toBe("CU004");
    await target.sql.unsafe("rollback");
    await target.sql.unsafe("begin; delete from kept where action = 'audit.redacted' or seq > 102");
    expect(await stateOf(target.sql.unsafe(`${arrive("seq <= 101")}; set constraints all immediate`))).toBe(
      "CU004",
    );
    await target.sql.unsafe("rollback");
    expect(await firstBreak(target.owner)).toMatchObject({ rows: 0, pos: -1 });

    expect(await stateOf(target.sql.unsafe(arrive("seq <= 102")))).toBe("done");
    expect(await stateOf(target.sql.unsafe(arrive("seq between 104 and 110")))).toBe("CU004");
    expect(await stateOf(target.sql.unsafe(arrive("seq > 102")))).toBe("done");
    expect(await facts(target.owner)).toEqual(await facts(chain.owner));
    expect(await firstBreak(target.owner)).toMatchObject({ pos: -1, rows: 152 });
  });

  test("a table that is copied out, changed and copied in is not laundered", async () => {
    await using chain = await makeChain();
    await chain.sql.unsafe(copied);
    await chain.admin.sql.unsafe(`set session_replication_role = replica; truncate public.audit_events;
      update public.audit_chain_head set seq = 0, row_hash = ''; reset session_replication_role`);
    await chain.sql.unsafe("update kept set actor = 'nobody' where seq = 3");
    expect(await stateOf(chain.sql.unsafe(arrive("true")))).toBe("CU004");
    expect(await stateOf(chain.sql.unsafe(arrive("seq <> 3")))).toBe("CU004");
    await chain.sql.unsafe("update kept set row_hash = null, prev_hash = null, seq = null");
    expect(await stateOf(chain.sql.unsafe(arrive("true")))).toBe("CU004");
  });
});
