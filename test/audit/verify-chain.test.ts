import { describe, expect, test } from "bun:test";
import { findChain } from "../../src/audit/find-chain.ts";
import { installChain } from "../../src/audit/install-chain.ts";
import { parseProfile } from "../../src/audit/profile.ts";
import { verifyChain } from "../../src/audit/verify-chain.ts";
import { InterruptedError, OpsError } from "../../src/errors.ts";
import { connect } from "../../src/postgres/connect.ts";
import { majors, startTestCluster } from "../support/cluster.ts";
import { appendRows, chainDatabase, prepareChains, strangerRole } from "../support/chain-database.ts";
import { classesOf, tamper, verifyIn } from "../support/verify-chain.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "done";
  } catch (error) {
    if (error instanceof OpsError) return error.code;
    throw error;
  }
}

describe("verifying a chain", () => {
  test("needs SELECT on its two tables and nothing else", async () => {
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 5);
    const reader = await chain.open(strangerRole);
    expect(await codeOf(verifyIn(reader))).toBe("permission-denied");
    await chain.sql.unsafe(`grant select on audit_events, audit_chain_head to ${strangerRole}`);
    expect(await verifyIn(reader)).toMatchObject({ findings: [], rowCount: 5 });
    // What it may not see is an error, not a clean chain.
    await tamper(chain.admin, "delete from audit_events where seq <= 2");
    expect(await codeOf(verifyIn(reader))).toBe("permission-denied");
    await chain.sql.unsafe(`grant select on audit_chain_pruned to ${strangerRole}`);
    expect(classesOf(await verifyIn(reader))).toEqual(["gap@0", "missing@0"]);
    await chain.sql.unsafe("alter table audit_events enable row level security");
    expect(await codeOf(verifyIn(reader))).toBe("permission-denied");
  });

  test("leaves the caller's transaction, settings and snapshot as they were", async () => {
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 3);
    const other = await chain.open();
    await chain.sql.unsafe(
      "begin isolation level repeatable read read only; set local search_path = public; select from audit_events",
    );
    await appendRows(other, 3, "later-");
    const place = await findChain(chain.owner);
    expect(await verifyChain(chain.owner, place!)).toMatchObject({ findings: [], rowCount: 3 });
    const settings =
      await chain.sql`select current_setting('search_path') as path, current_setting('row_security') as security,
      (select count(*)::int from audit_events) as rows`;
    expect(settings[0]).toEqual({ path: "public", security: "on", rows: 3 });
    await chain.sql.unsafe("commit");
    expect(await verifyIn(chain.owner)).toMatchObject({ findings: [], rowCount: 6 });
  });

  test("says how far it is, and ends when it is interrupted", async () => {
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 3000);
    const seen: (readonly [number, number | undefined])[] = [];
    await verifyIn(chain.owner, { onProgress: (rows, total) => seen.push([rows, total]) });
    expect(seen.at(-1)).toEqual([3000, 3000]);
    const controller = new AbortController();
    await using session = await connect(chain.settings, {
      applicationName: "test",
      signal: controller.signal,
    });
    await session.sql.unsafe("begin isolation level repeatable read read only");
    const place = await findChain(session);
    const work = verifyChain(session, place!, {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    expect(await work.catch((error: unknown) => error)).toBeInstanceOf(InterruptedError);
  });

  test("lists as many findings as it is asked for, the first by position, and counts all", async () => {
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 50);
    await tamper(
      chain.admin,
      "update audit_events set actor = 'x' where seq > 10; delete from audit_events where seq in (3, 5)",
    );
    const seen = await verifyIn(chain.owner, { limitFindings: 4 });
    expect(classesOf(seen)).toEqual(["gap@2", "missing@2", "gap@3", "missing@3"]);
    expect(seen).toMatchObject({ findingsTotal: 44, firstBreakPos: 2, firstBreakId: "e4" });
  });

  test.each([
    ["a view", "alter table audit_events rename to hidden; create view audit_events as select * from hidden"],
    [
      "a partitioned table",
      "create table copy (like audit_events) partition by list (id); drop table audit_events; alter table copy rename to audit_events",
    ],
    [
      "a materialised view",
      "alter table audit_events rename to hidden; create materialized view audit_events as select * from hidden",
    ],
    [
      "a column of a domain",
      "create domain word as text; drop trigger audit_events_keep on audit_events; alter table audit_events alter actor type word",
    ],
    [
      "a head that is a view",
      "alter table audit_chain_head rename to hidden; create view audit_chain_head as select * from hidden",
    ],
  ])("does not read %s in the chain's place", async (_, statements) => {
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 2);
    await tamper(chain.admin, `${statements}; grant select on all tables in schema public to public`);
    expect(await codeOf(verifyIn(chain.admin))).toBe("foreign-schema");
  });

  test("does not run what was put in the place of a function, an operator or a cast", async () => {
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 2);
    await tamper(
      chain.admin,
      `create table ran (what text);
       create function spy(text) returns text language plpgsql as $$ begin insert into public.ran values ($1); return $1; end $$;
       create function encode(bytea, text) returns text language sql as $$ select public.spy('encode') $$;
       create or replace function audit_chain_version() returns integer language sql as $$ select length(public.spy('version')) $$;
       create function json_array_elements_text(json) returns setof text language sql as $$ select public.spy('elements') $$;
       alter database "${chain.settings.database}" set search_path = public, pg_catalog`,
    );
    await using session = await connect(chain.settings, { applicationName: "test" });
    expect(classesOf(await verifyIn(session)).every((each) => each === "guard-changed@-1")).toBe(true);
    await codeOf(installChain(session, { schema: "public" }));
    expect([...(await chain.admin.sql`select what from ran`)]).toEqual([]);
  });

  test("counts no row of a table that inherits, and says that there is one", async () => {
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 2);
    await tamper(
      chain.admin,
      "create table child () inherits (audit_events); insert into child select * from audit_events where seq = 2",
    );
    expect(await verifyIn(chain.owner)).toMatchObject({
      rowCount: 2,
      findings: [{ class: "guard-changed" }],
    });
  });

  test("takes a profile from a file", async () => {
    await using chain = await chainDatabase(cluster);
    await chain.sql.unsafe(`create table log (n bigint, at timestamptz, who text, prev bytea, hash bytea);
      insert into log select n, '2026-01-01'::timestamptz + n * '1s'::interval, 'w' || n, null, null from generate_series(1, 4) n`);
    for (let n = 1; n <= 4; n += 1) {
      await chain.sql
        .unsafe(`update log set prev = coalesce((select hash from log where n = ${n} - 1), '') where n = ${n};
        update log set hash = sha256(int4send(octet_length(prev)) || prev || int4send(8) || timestamptz_send(at) || int4send(octet_length(who)) || who::bytea) where n = ${n}`);
    }
    const profile = parseProfile(
      `{ name: log, table: log, order: seq, columns: { id: who, seq: n, prev_hash: prev, row_hash: hash }, hash_encoding: bytes,
         first_prev_hash: empty, row: { length: int32, fields: [{ column: prev, as: bytes }, { column: at, as: micros }, who] } }`,
      "log.yaml",
    );
    expect(await verifyIn(chain.owner, { profile })).toMatchObject({ findings: [], rowCount: 4 });
    await chain.sql.unsafe("update log set who = 'x' where n = 2");
    expect(classesOf(await verifyIn(chain.owner, { profile }))).toEqual(["altered@1"]);
    expect(() => parseProfile("{ name: x, table: 7 }", "x.yaml")).toThrow("x.yaml is no chain profile");
    expect(() => parseProfile("a: [", "x.yaml")).toThrow("x.yaml is no chain profile");
  });

  test("asks which chain is meant when there are several, and finds the one that is named", async () => {
    await using chain = await chainDatabase(cluster);
    await chain.admin.sql.unsafe(`grant create on database "${chain.settings.database}" to chain_owner`);
    await installChain(chain.owner, { schema: "second" });
    expect(await codeOf(findChain(chain.owner))).toBe("bad-usage");
    expect((await findChain(chain.owner, { schema: "second" }))?.schema).toBe("second");
    expect(await findChain(chain.owner, { schema: "third" })).toBeNull();
    expect(await codeOf(findChain(chain.owner, { profile: "nonsense" }))).toBe("bad-usage");
  });
});

for (const major of majors) {
  const server = await startTestCluster(major);
  await prepareChains(server);

  test(`16 writers and a verifier never disagree on PostgreSQL ${major}`, async () => {
    await using chain = await chainDatabase(server);
    await appendRows(chain.owner, 1);
    let isWriting = true;
    const writers = Array.from({ length: 16 }, async (_, writer) => {
      await using session = await connect(chain.settings, { applicationName: "test" });
      for (let batch = 0; batch < 15; batch += 1) {
        await session.sql.begin(async (sql) => {
          await sql.unsafe(`insert into public.audit_events (id, actor, actor_type, action, resource_type, resource_id, timestamp)
            select '${writer}-${batch}-' || n, 'a', 'b', 'c', 'd', 'e', '2026-01-01'::timestamptz - ${batch} * '1 day'::interval from generate_series(1, ${(batch % 3) + 1}) n`);
          if (batch % 4 === 0)
            await sql
              .savepoint((nested) => nested.unsafe("insert into public.audit_events (id) values ('bad')"))
              .catch(() => undefined);
        });
      }
    });
    const verifier = (async (): Promise<number> => {
      let runs = 0;
      for (; isWriting; runs += 1)
        expect(await verifyIn(chain.owner)).toMatchObject({ findings: [], firstBreakPos: -1 });
      return runs;
    })();
    await Promise.all(writers);
    isWriting = false;
    expect(await verifier).toBeGreaterThan(0);
    expect(await verifyIn(chain.owner)).toMatchObject({ findings: [], rowCount: 1 + 16 * 5 * (1 + 2 + 3) });
  }, 60_000);
}
