import { describe, expect, test } from "bun:test";
import { majors, startTestCluster } from "../support/cluster.ts";
import {
  appendRows,
  appenderRole,
  chainDatabase,
  firstBreak,
  prepareChains,
  stateOf,
} from "../support/chain-database.ts";
import { classesOf, tamper, verifyIn } from "../support/verify-chain.ts";

const columns = "(id, actor, actor_type, action, resource_type, resource_id)";
const insert = (id: string): string =>
  `insert into public.audit_events ${columns} values ('${id}', 'ann', 'User', 'thing.made', 'thing', '1')`;

for (const major of majors) {
  const cluster = await startTestCluster(major);
  await prepareChains(cluster);

  describe(`appending on PostgreSQL ${major}`, () => {
    test("fills in what the writer left out", async () => {
      await using chain = await chainDatabase(cluster);
      const appender = await chain.open(appenderRole);
      await appender.sql
        .unsafe(`insert into public.audit_events (actor, actor_type, action, resource_type, resource_id, event_category, details)
      values ('a', 'b', 'c', 'd', 'e', null, null)`);
      await appender.sql
        .unsafe(`insert into public.audit_events (id, actor, actor_type, action, resource_type, resource_id)
      values (null, 'a', 'b', 'c', 'd', 'e')`);
      const rows =
        await chain.sql`select id ~ '^[0-9a-f-]{36}$' as is_uuid, details::text, event_category, recorded_by, seq::int,
      octet_length(details_salt) as salt, abs(extract(epoch from recorded_at - "timestamp")) < 60 as is_now
      from audit_events order by seq`;
      const row = {
        is_uuid: true,
        details: "null",
        event_category: "general",
        recorded_by: appenderRole,
        salt: 16,
        is_now: true,
      };
      expect([...rows]).toEqual([
        { ...row, seq: 1 },
        { ...row, seq: 2 },
      ]);
      const salts = await chain.sql`select count(distinct details_salt)::int as salts from audit_events`;
      expect(salts[0]).toEqual({ salts: 2 });
    });

    test("links rows at commit, and moves the head with them", async () => {
      await using chain = await chainDatabase(cluster);
      const other = await chain.open();
      await chain.sql.begin(async (sql) => {
        await sql.unsafe(insert("a"));
        expect((await sql`select seq, row_hash from audit_events`)[0]).toEqual({ seq: null, row_hash: null });
        await other.sql.unsafe(insert("b"));
      });
      const rows =
        await chain.sql`select e.id, e.seq::int, h.seq::int as head, h.row_hash = encode(e.row_hash, 'hex') as is_head
      from audit_events e, audit_chain_head h order by e.seq`;
      expect([...rows]).toEqual([
        { id: "b", seq: 1, head: 2, is_head: false },
        { id: "a", seq: 2, head: 2, is_head: true },
      ]);
    });

    test("takes COPY, several rows, a timestamp of infinity and every character", async () => {
      await using chain = await chainDatabase(cluster);
      await chain.sql
        .unsafe(`insert into public.audit_events (id, actor, actor_type, action, resource_type, resource_id, "timestamp")
      values (E'tab\\tnew\\nline', 'Zoë|日本', '', '|', ' ', E'\\\\', 'infinity'), ('b', '', '', '', '', '', '-infinity'),
             ('c', '😀', '', '', '', '', '4713-01-01 BC')`);
      const appender = await chain.open(appenderRole);
      const copy = await appender.sql.unsafe(`copy public.audit_events ${columns} from stdin`).writable();
      const ended = new Promise((resolve, reject) => copy.on("finish", resolve).on("error", reject));
      copy.end("copied1\ta\tb\tc\td\te\ncopied2\ta\tb\tc\td\te\n");
      await ended;
      expect(await firstBreak(chain.owner)).toEqual({ id: null, pos: -1, rows: 5 });
    });

    test("leaves no trace of ON CONFLICT DO NOTHING, of a rollback, of a savepoint", async () => {
      await using chain = await chainDatabase(cluster);
      await appendRows(chain.owner, 1);
      const before = await chain.sql`select row_hash, seq, xmin from audit_chain_head`;
      await chain.sql.unsafe(`${insert("e1")} on conflict do nothing`);
      expect(await chain.sql`select row_hash, seq, xmin from audit_chain_head`).toEqual(before);
      await chain.sql.unsafe(`begin; ${insert("gone")}; set constraints all immediate; rollback`);
      await chain.sql
        .unsafe(`begin; ${insert("kept")}; savepoint s; ${insert("gone")}; set constraints all immediate;
      rollback to s; ${insert("kept too")}; commit`);
      const rows = await chain.sql`select id, seq::int from audit_events order by seq`;
      expect([...rows]).toEqual([
        { id: "e1", seq: 1 },
        { id: "kept", seq: 2 },
        { id: "kept too", seq: 3 },
      ]);
      expect(await firstBreak(chain.owner)).toEqual({ id: null, pos: -1, rows: 3 });
    });

    test("takes SET CONSTRAINTS ALL IMMEDIATE at any place of a transaction", async () => {
      await using chain = await chainDatabase(cluster);
      const immediate = "set constraints all immediate";
      const scripts = [
        [immediate, insert("a1")],
        [immediate, insert("b1"), insert("b2"), insert("b3")],
        [insert("c1"), insert("c2"), immediate, insert("c3"), insert("c4"), immediate, insert("c5")],
        [
          insert("d1"),
          immediate,
          "savepoint s",
          insert("d2"),
          "release s",
          insert("d3"),
          "set constraints all deferred",
          insert("d4"),
        ],
        [
          immediate,
          "savepoint s",
          insert("gone"),
          insert("gone2"),
          "rollback to s",
          insert("f1"),
          insert("f2"),
        ],
        [insert("g1"), insert("g2"), "savepoint s", immediate, "rollback to s", insert("g3")],
      ];
      for (const script of scripts) {
        await chain.sql.unsafe(`begin; ${script.join("; ")}; commit`);
        expect([script, await firstBreak(chain.owner)]).toMatchObject([script, { pos: -1 }]);
      }
      expect(
        (await chain.sql`select count(*)::int as rows, max(seq)::int as last from audit_events`)[0],
      ).toEqual({ rows: 18, last: 18 });
    });

    test("links what a trigger of the application appends, at once too", async () => {
      await using chain = await chainDatabase(cluster);
      await chain.sql.unsafe(`create temp table orders (id text);
        create function pg_temp.record() returns trigger language plpgsql as $$ begin
          insert into public.audit_events ${columns} values (new.id, 'a', 'b', 'order.made', 'order', new.id); return new; end $$;
        create trigger record after insert on orders for each row execute function pg_temp.record()`);
      await chain.sql.unsafe("insert into orders values ('o1'), ('o2')");
      await chain.sql.unsafe(
        "begin; set constraints all immediate; insert into orders values ('o3'), ('o4'); commit",
      );
      expect(await firstBreak(chain.owner)).toEqual({ id: null, pos: -1, rows: 4 });
    });

    test.each([0, 3])(
      "waits for a prepared transaction no longer than its lock_timeout, and goes on after it, in a chain of %i",
      async (rows) => {
        await using chain = await chainDatabase(cluster);
        await appendRows(chain.owner, rows);
        const settings = await chain.sql`select count(*)::int as functions from pg_proc
          where proconfig @> array['lock_timeout=60s'] and proname in ('audit_chain_wait_for_head', 'audit_events_commit')`;
        expect(settings[0]).toEqual({ functions: 2 });
        for (const name of ["audit_chain_wait_for_head", "audit_events_commit"])
          await chain.admin.sql.unsafe(`alter function public.${name} set lock_timeout = '200ms'`);
        const other = await chain.open();
        await chain.sql.unsafe(
          `begin; ${insert("prepared")}; prepare transaction 'forgotten-${major}-${rows}'`,
        );
        expect(await stateOf(other.sql.unsafe(insert("waits")))).toBe("55P03");
        await chain.sql.unsafe(`commit prepared 'forgotten-${major}-${rows}'`);
        expect(await stateOf(other.sql.unsafe(insert("goes on")))).toBe("done");
        expect(await firstBreak(chain.owner)).toEqual({ id: null, pos: -1, rows: rows + 2 });
      },
    );

    test("answers 40001 to a snapshot that the head has left, and nothing is lost by trying again", async () => {
      await using chain = await chainDatabase(cluster);
      const other = await chain.open();
      for (const level of ["repeatable read", "serializable"]) {
        await chain.sql.unsafe(`begin isolation level ${level}; select from public.audit_events`);
        await other.sql.unsafe(insert(`${level} other`));
        await chain.sql.unsafe(insert(level));
        expect([level, await stateOf(chain.sql.unsafe("commit"))]).toEqual([level, "40001"]);
        expect(
          await stateOf(chain.sql.unsafe(`begin isolation level ${level}; ${insert(level)}; commit`)),
        ).toBe("done");
      }
      expect(await firstBreak(chain.owner)).toEqual({ id: null, pos: -1, rows: 4 });
    });

    test("goes on from the head alone: what was done behind its back stays to be seen", async () => {
      const outcomes: Readonly<Record<string, readonly [string, readonly string[]]>> = {
        "delete from audit_chain_head": ["CU003", []],
        "update audit_chain_head set seq = -1": ["CU003", []],
        "update audit_chain_head set seq = 3": ["23505", []],
        "delete from audit_events where seq = 5": ["done", ["gap@4", "missing@4"]],
        "update audit_chain_head set row_hash = repeat('0', 64)": ["done", ["missing@5"]],
      };
      for (const [statement, [state, classes]] of Object.entries(outcomes)) {
        await using chain = await chainDatabase(cluster);
        await appendRows(chain.owner, 5);
        await tamper(chain.admin, statement);
        expect([statement, await stateOf(appendRows(chain.owner, 3, "x"))]).toEqual([statement, state]);
        if (state === "done") expect(classesOf(await verifyIn(chain.owner))).toEqual([...classes]);
      }
    });

    test("costs no more for a row when many wait, even where a plan was made for an empty table", async () => {
      await using chain = await chainDatabase(cluster);
      await appendRows(chain.owner, 1);
      await chain.admin.sql.unsafe("vacuum analyze public.audit_events");
      await appendRows(chain.owner, 1, "again-");
      const started = performance.now();
      await appendRows(chain.owner, 500, "few-");
      const few = performance.now() - started;
      await chain.admin.sql.unsafe("analyze public.audit_events");
      const startedMany = performance.now();
      await appendRows(chain.owner, 10_000, "many-");
      // Twenty times the rows; a cost that grew with them would be four hundred times the time.
      expect((performance.now() - startedMany) / few).toBeLessThan(100);
      expect(await firstBreak(chain.owner)).toEqual({ id: null, pos: -1, rows: 10_502 });
    }, 60_000);

    test("keeps its triggers off under replication's apply, and the details' bytes where they are", async () => {
      await using chain = await chainDatabase(cluster);
      await chain.sql
        .unsafe(`insert into public.audit_events (actor, actor_type, action, resource_type, resource_id, details)
      select 'a', 'b', 'c', 'd', 'e', jsonb_agg(md5(n::text)) from generate_series(1, 20000) n`);
      const [size] =
        await chain.sql`select pg_total_relation_size('audit_events') < 2 * 1048576 as is_once from audit_events`;
      expect(size).toEqual({ is_once: true });
      const enabled =
        await chain.sql`select distinct tgenabled::text as enabled from pg_trigger where not tgisinternal`;
      expect([...enabled]).toEqual([{ enabled: "O" }]);
    });
  });
}
