import { describe, expect, test } from "bun:test";
import { majors, startTestCluster } from "../support/cluster.ts";
import {
  appendRows,
  appenderRole,
  chainDatabase,
  firstBreak,
  ownerRole,
  prepareChains,
  stateOf,
  strangerRole,
} from "../support/chain-database.ts";

const event = "insert into public.audit_events (id, actor, actor_type, action, resource_type, resource_id)";
const plain = `${event} values ('x', 'ann', 'User', 'thing.made', 'thing', '1')`;

for (const major of majors) {
  const cluster = await startTestCluster(major);
  await prepareChains(cluster);

  describe(`a writer who cheats on PostgreSQL ${major}`, () => {
    test("may give the columns of a writer and no other, and may read nothing", async () => {
      await using chain = await chainDatabase(cluster);
      const appender = await chain.open(appenderRole);
      expect(await stateOf(appender.sql.unsafe(plain))).toBe("done");
      const given: Readonly<Record<string, string>> = {
        recorded_at: "'1999-01-01'",
        recorded_by: "'mallory'",
        details_salt: "'\\x00'",
        details_hash: "'\\x00'",
        seq: "1",
        prev_hash: "'\\x00'",
        row_hash: "'\\x00'",
      };
      for (const [column, value] of Object.entries(given)) {
        const statement = `insert into public.audit_events (actor, actor_type, action, resource_type, resource_id, ${column})
        values ('a', 'b', 'c', 'd', 'e', ${value})`;
        expect([column, await stateOf(appender.sql.unsafe(statement))]).toEqual([column, "42501"]);
      }
      for (const statement of [
        "select * from public.audit_events",
        "select * from public.audit_chain_head",
        "update public.audit_events set actor = 'x'",
        "delete from public.audit_events",
        "truncate public.audit_events",
        "update public.audit_chain_head set row_hash = ''",
        "insert into public.audit_chain_head default values",
        "delete from public.audit_chain_head",
        "do $$ begin lock table public.audit_chain_head in exclusive mode; end $$",
        "select * from public.audit_chain_head for update",
        "select public.audit_events_redact('x', 'because')",
        "select public.audit_chain_prune(1, '{}', '')",
        "select public.audit_chain_tail()",
        "select * from public.audit_events_verify_chain()",
        `${plain} returning seq`,
        "alter table public.audit_events disable trigger all",
        "drop table public.audit_events",
        "create trigger t before insert on public.audit_events for each row execute function public.audit_events_link()",
      ]) {
        expect([statement, await stateOf(appender.sql.unsafe(statement))]).toEqual([statement, "42501"]);
      }
      expect(await firstBreak(chain.owner)).toMatchObject({ pos: -1, rows: 1 });
    });

    test("cannot attach the chain's functions to a table of its own", async () => {
      await using chain = await chainDatabase(cluster);
      const appender = await chain.open(appenderRole);
      await appender.sql.unsafe("create temp table mine (like pg_catalog.pg_class)");
      for (const name of [
        "audit_events_link",
        "audit_events_commit",
        "audit_chain_head_move",
        "audit_events_redaction_recorded",
        "audit_events_stay",
      ]) {
        const statement = `create trigger t before update on mine for each row execute function public.${name}()`;
        expect([name, await stateOf(appender.sql.unsafe(statement))]).toEqual([name, "42501"]);
      }
    });

    test("cannot shadow the chain's tables, functions or operators by temporary ones", async () => {
      await using chain = await chainDatabase(cluster);
      await appendRows(chain.owner, 2);
      const appender = await chain.open(appenderRole);
      await appender.sql.unsafe(`
      create temp table audit_chain_head (id int, row_hash text, seq bigint, updated_at timestamptz, chain_id uuid);
      insert into audit_chain_head values (1, 'forged', 41, now(), gen_random_uuid());
      create temp table audit_events (like pg_temp.audit_chain_head);
      create temp table pg_class (oid oid, relowner oid);
      create function pg_temp.sha256(bytea) returns bytea language sql as $$ select '\\x00'::bytea $$;
      create function pg_temp.clock_timestamp() returns timestamptz language sql as $$ select '1999-01-01'::timestamptz $$`);
      await appender.sql.unsafe("set search_path = pg_temp, public, pg_catalog");
      expect(await stateOf(appender.sql.unsafe(plain))).toBe("done");
      const [row] =
        await chain.sql`select seq::int, recorded_by, recorded_at > now() - interval '1 hour' as is_recent
      from audit_events where id = 'x'`;
      expect(row).toEqual({ seq: 3, recorded_by: appenderRole, is_recent: true });
      expect(await firstBreak(chain.owner)).toMatchObject({ pos: -1, rows: 3 });
    });

    test("may call itself any actor at any time, and is recorded with its own name and the server's clock", async () => {
      await using chain = await chainDatabase(cluster);
      await chain.admin.sql.unsafe(
        `grant ${strangerRole} to ${appenderRole}; grant insert on public.audit_events to ${strangerRole}`,
      );
      const appender = await chain.open(appenderRole);
      await appender.sql.unsafe(`set role ${strangerRole}`);
      await appender.sql
        .unsafe(`insert into public.audit_events (id, actor, actor_type, action, resource_type, resource_id,
      "timestamp", recorded_at, recorded_by) values ('x', 'boss', 'User', 'a', 'b', 'c', '1999-01-01', '1999-01-01', 'boss')`);
      const [row] =
        await chain.sql`select recorded_by, recorded_at > now() - interval '1 hour' as is_recent from audit_events`;
      expect(row).toEqual({ recorded_by: appenderRole, is_recent: true });
    });

    test("cannot write the actions of the chain's own functions", async () => {
      await using chain = await chainDatabase(cluster);
      await appendRows(chain.owner, 1);
      const appender = await chain.open(appenderRole);
      const reserved = (action: string): string =>
        `${event} values ('x', 'a', 'b', '${action}', 'audit_event', 'e1')`;
      for (const action of ["audit.redacted", "audit.pruned", "audit.", "audit.other"]) {
        expect([action, await stateOf(appender.sql.unsafe(reserved(action)))]).toEqual([action, "CU002"]);
      }
      expect(await stateOf(chain.sql.unsafe(reserved("audit.other")))).toBe("CU002");
      expect(await stateOf(chain.sql.unsafe(reserved("audit.redacted")))).toBe("CU005");
      expect(await stateOf(chain.sql.unsafe(reserved("audit.pruned")))).toBe("CU005");
      expect(await stateOf(appender.sql.unsafe(reserved("auditor.came")))).toBe("done");
    });

    test("with every privilege still changes, deletes, truncates and chooses nothing", async () => {
      await using chain = await chainDatabase(cluster);
      await appendRows(chain.owner, 3);
      await chain.sql.unsafe(
        `grant all on public.audit_events, public.audit_chain_head, public.audit_chain_pruned to ${strangerRole}`,
      );
      for (const role of [strangerRole, ownerRole]) {
        const writer = await chain.open(role);
        for (const statement of [
          "update public.audit_events set actor = 'x'",
          "update public.audit_events set actor = actor",
          "update public.audit_events set seq = 0",
          "update public.audit_events set row_hash = null, seq = 9",
          "update public.audit_events set details = null",
          "update public.audit_events set details_salt = null",
          "update public.audit_events set details = null, details_salt = null, actor = 'x'",
          "delete from public.audit_events where id = 'e3'",
          "truncate public.audit_events",
          "truncate public.audit_events, public.audit_chain_head",
          "update public.audit_chain_head set row_hash = ''",
          "update public.audit_chain_head set seq = -1",
          "delete from public.audit_chain_head",
          "truncate public.audit_chain_head",
          "truncate public.audit_chain_pruned",
          "insert into public.audit_events values ('e1', 'a', 'b', 'c', 'd', 'e') on conflict (id) do update set actor = 'x'",
        ]) {
          expect([role, statement, await stateOf(writer.sql.unsafe(statement))]).toEqual([
            role,
            statement,
            "CU001",
          ]);
        }
        expect(await stateOf(writer.sql.unsafe("insert into public.audit_chain_head (seq) values (9)"))).toBe(
          "done",
        );
        expect(
          await stateOf(
            writer.sql.unsafe("insert into public.audit_chain_pruned values (1, '', '{}', '', 'x')"),
          ),
        ).not.toBe("done");
      }
      expect(
        await stateOf(chain.sql.unsafe("update public.audit_events set details = null, details_salt = null")),
      ).toBe("CU005");
      expect(await firstBreak(chain.owner)).toEqual({ id: null, pos: -1, rows: 3 });
    });

    test("with UPDATE links nothing, neither its own event nor another, not even from a trigger of its own", async () => {
      await using chain = await chainDatabase(cluster);
      await appendRows(chain.owner, 2);
      await chain.sql.unsafe(`grant all on public.audit_events, public.audit_chain_head to ${strangerRole}`);
      const writer = await chain.open(strangerRole);
      const links = [
        "update public.audit_events set seq = 0",
        "update public.audit_events set seq = 3, prev_hash = '\\x00', row_hash = '\\x00' where id = 'x'",
        "update public.audit_events set actor = 'x', seq = 0",
        "delete from public.audit_events where id = 'x'",
      ];
      for (const link of links) {
        expect([link, await stateOf(writer.sql.unsafe(`begin; ${plain}; ${link}`))]).toEqual([link, "CU001"]);
        await writer.sql.unsafe("rollback");
      }
      await writer.sql.unsafe(`create temp table mine (statement text);
        create function pg_temp.run() returns trigger language plpgsql as $$ begin execute new.statement; return new; end $$;
        create trigger run before insert on mine for each row execute function pg_temp.run()`);
      const within = (statement: string): string =>
        `insert into mine values ($statement$${statement}$statement$)`;
      const relink = within("update public.audit_events set seq = 9, row_hash = '\\x00' where id = 'e2'");
      expect(await stateOf(writer.sql.unsafe(relink))).toBe("CU001");
      expect(await stateOf(writer.sql.unsafe(`begin; ${plain}; ${within(links[1]!)}; commit`))).toBe("CU001");
      await writer.sql.unsafe("rollback");
      expect(await stateOf(writer.sql.unsafe(within(plain)))).toBe("done");
      expect(await firstBreak(chain.owner)).toEqual({ id: null, pos: -1, rows: 3 });
    });

    test("cannot hand in rows that are already hashed, unless it owns the chain", async () => {
      await using chain = await chainDatabase(cluster);
      await appendRows(chain.owner, 2);
      await chain.sql.unsafe(`grant all on public.audit_events, public.audit_chain_head to ${strangerRole}`);
      const writer = await chain.open(strangerRole);
      const again = `insert into public.audit_events select 'new', actor, actor_type, action, resource_type, resource_id, details,
      "timestamp", event_category, recorded_at, recorded_by, details_salt, details_hash, 3, row_hash, row_hash
      from public.audit_events where seq = 2`;
      expect(await stateOf(writer.sql.unsafe(again))).toBe("CU004");
      expect(await stateOf(chain.sql.unsafe(again))).toBe("CU004");
      const unlinked = again.replace("3, row_hash, row_hash", "null, null, null");
      expect(await stateOf(writer.sql.unsafe(unlinked))).toBe("CU004");
      expect(await stateOf(chain.sql.unsafe(unlinked))).toBe("CU004");
    });

    test("is held by the limits, whose errors name them", async () => {
      await using chain = await chainDatabase(cluster);
      const appender = await chain.open(appenderRole);
      const values = {
        id: "'x'",
        actor: "'a'",
        actor_type: "'a'",
        action: "'a'",
        resource_type: "'a'",
        resource_id: "'a'",
        event_category: "'a'",
      };
      const insert = (over: Readonly<Record<string, string>>): string => {
        const all = { ...values, ...over };
        return `insert into public.audit_events (${Object.keys(all).join(", ")}) values (${Object.values(all).join(", ")})`;
      };
      expect(await stateOf(appender.sql.unsafe(insert({ id: "repeat('é', 128)" })))).toBe("23514");
      expect(await stateOf(appender.sql.unsafe(insert({ id: "repeat('é', 127)" })))).toBe("done");
      for (const column of [
        "actor",
        "actor_type",
        "action",
        "resource_type",
        "resource_id",
        "event_category",
      ]) {
        expect([
          column,
          await stateOf(appender.sql.unsafe(insert({ [column]: "repeat('x', 8193)" }))),
        ]).toEqual([column, "23514"]);
        expect(
          await stateOf(appender.sql.unsafe(insert({ id: `'${column}'`, [column]: "repeat('x', 8192)" }))),
        ).toBe("done");
      }
      const details = (bytes: number): string => `to_jsonb(repeat('x', ${bytes - 2}))`;
      expect(await stateOf(appender.sql.unsafe(insert({ details: details(1_048_577) })))).toBe("23514");
      expect(await stateOf(appender.sql.unsafe(insert({ id: "'big'", details: details(1_048_576) })))).toBe(
        "done",
      );
      expect(await stateOf(appender.sql.unsafe(insert({ details: "'{\"n\": 1e131000}'", id: "'n'" })))).toBe(
        "done",
      );
      expect(await stateOf(appender.sql.unsafe(insert({ details: `'"\\u0000"'` })))).toBe("22P05");
      expect(await stateOf(appender.sql.unsafe(insert({ actor: "null" })))).toBe("23502");
      expect(await firstBreak(chain.owner)).toMatchObject({ pos: -1 });
    });
  });
}
