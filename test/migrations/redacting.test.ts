import { describe, expect, test } from "bun:test";
import { createMerkleFrontier, leafOf } from "../../src/audit/merkle/frontier.ts";
import { verifyChain } from "../../src/audit/verify-chain.ts";
import { findChain } from "../../src/audit/find-chain.ts";
import type { ChainVerification } from "../../src/audit/verify-chain.ts";
import type { Session } from "../../src/postgres/session.ts";
import { majors, startTestCluster } from "../support/cluster.ts";
import {
  appendRows,
  appenderRole,
  chainDatabase,
  firstBreak,
  prepareChains,
  stateOf,
} from "../support/chain-database.ts";

async function verify(session: Session): Promise<ChainVerification> {
  await session.sql.unsafe("begin isolation level repeatable read read only");
  try {
    const place = await findChain(session);
    return await verifyChain(session, place!);
  } finally {
    await session.sql.unsafe("rollback");
  }
}

async function frontierAt(session: Session, size: number): Promise<readonly Uint8Array[]> {
  const frontier = createMerkleFrontier();
  for (const row of await session.sql`select row_hash from public.audit_events where seq <= ${size} order by seq`)
    frontier.push(leafOf(row["row_hash"]));
  return frontier.nodes();
}

const bytea = (bytes: Uint8Array): string => `'\\x${Buffer.from(bytes).toString("hex")}'::bytea`;

for (const major of majors) {
  const cluster = await startTestCluster(major);
  await prepareChains(cluster);

  describe(`redacting on PostgreSQL ${major}`, () => {
    test("an event costs the same among many that one transaction redacts", async () => {
      await using chain = await chainDatabase(cluster);
      await appendRows(chain.owner, 300);
      const fetched = await chain.owner.sql.begin(async (sql) => {
        await sql`select count(audit_events_redact(id, 'subject asked')) from audit_events where seq between 1 and 300`;
        await sql`set constraints all immediate`;
        const [seen] = await sql<{ rows: number }[]>`
          select (idx_tup_fetch)::int as rows from pg_stat_xact_user_tables where relname = 'audit_events'`;
        return seen!.rows;
      });
      expect(fetched / 300).toBeLessThan(12);
    });

    test("erases details and their salt, appends the event that says so, and the chain still verifies", async () => {
      await using chain = await chainDatabase(cluster);
      await appendRows(chain.owner, 5);
      const before = await chain.sql`select row_hash from audit_events where seq <= 5 order by seq`;
      const [made] = await chain.sql`select audit_events_redact('e3', 'subject asked', 'dpo') as id`;
      const [event] =
        await chain.sql`select actor, action, resource_type, resource_id, seq::int, details->>'reason' as reason,
        details->>'seq' as of, recorded_by from audit_events where id = ${made!["id"]}`;
      expect(event).toMatchObject({
        actor: "dpo",
        action: "audit.redacted",
        resource_type: "audit_event",
        resource_id: "e3",
        seq: 6,
        reason: "subject asked",
        of: "3",
      });
      const erased = await chain.sql`select details, details_salt from audit_events where id = 'e3'`;
      expect([...erased]).toEqual([{ details: null, details_salt: null }]);
      expect(await chain.sql`select row_hash from audit_events where seq <= 5 order by seq`).toEqual(before);
      expect(await firstBreak(chain.owner)).toEqual({ id: null, pos: -1, rows: 6 });
      expect(await verify(chain.owner)).toMatchObject({ findings: [], rowCount: 6 });
    });

    test("happens once for an event, never to the chain's own or to drops, and only in whole", async () => {
      await using chain = await chainDatabase(cluster);
      await appendRows(chain.owner, 3);
      await chain.sql`insert into audit_events (id, actor, actor_type, action, resource_type, resource_id) values ('d', 'a', 'b', 'drop.started', 'c', 'd')`;
      const redact = (id: string): Promise<string> =>
        stateOf(chain.sql`select audit_events_redact(${id}, 'because') as id`);
      expect(await redact("e1")).toBe("done");
      expect(await redact("e1")).toBe("CU001");
      expect(await redact("d")).toBe("CU001");
      const [event] = await chain.sql`select id from audit_events where action = 'audit.redacted'`;
      expect(await redact(event!["id"])).toBe("CU001");
      expect(await redact("none")).toBe("P0002");
      expect(await stateOf(chain.sql`select audit_events_redact('e2', '')`)).toBe("22023");
      expect(
        await stateOf(
          chain.sql.unsafe(
            "begin; insert into audit_events (id, actor, actor_type, action, resource_type, resource_id) values ('n', 'a', 'b', 'c', 'd', 'e'); select audit_events_redact('n', 'x'); commit",
          ),
        ),
      ).toBe("CU001");
      await chain.sql.unsafe("rollback");
      expect(
        await stateOf(
          chain.sql.unsafe(
            "begin; set constraints all immediate; select audit_events_redact('e2', 'x'); commit",
          ),
        ),
      ).toBe("done");
      expect(
        await stateOf(
          chain.sql.unsafe("update audit_events set details = null, details_salt = null where id = 'e3'"),
        ),
      ).toBe("CU005");
      const forged = `insert into audit_events (actor, actor_type, action, resource_type, resource_id, details)
        select 'a', 'b', 'audit.redacted', 'audit_event', id, jsonb_build_object('seq', seq, 'row_hash', encode(row_hash, 'hex'),
          'details_hash', encode(details_hash, 'hex'), 'reason', 'x') from audit_events where id = 'e3'`;
      expect(await stateOf(chain.sql.unsafe(forged))).toBe("CU005");
      expect(await verify(chain.owner)).toMatchObject({ findings: [], rowCount: 6 });
    });

    test("is for those who were given the function", async () => {
      await using chain = await chainDatabase(cluster);
      await appendRows(chain.owner, 1);
      const appender = await chain.open(appenderRole);
      expect(await stateOf(appender.sql.unsafe("select public.audit_events_redact('e1', 'x')"))).toBe(
        "42501",
      );
      await chain.sql.unsafe(`grant execute on function public.audit_events_redact to ${appenderRole}`);
      expect(await stateOf(appender.sql.unsafe("select public.audit_events_redact('e1', 'x')"))).toBe("done");
      const recorded =
        await chain.sql`select actor, recorded_by from audit_events where action = 'audit.redacted'`;
      expect([...recorded]).toEqual([{ actor: appenderRole, recorded_by: appenderRole }]);
    });
  });

  describe(`pruning on PostgreSQL ${major}`, () => {
    test("leaves a chain that verifies, with the count and the root that it had", async () => {
      await using chain = await chainDatabase(cluster);
      await appendRows(chain.owner, 11);
      await chain.sql`select audit_events_redact('e2', 'x')`;
      const nodes = (await frontierAt(chain.owner, 7)).map(bytea).join(", ");
      await chain.sql.unsafe(`select audit_chain_prune(7, array[${nodes}], ${bytea(new Uint8Array(32))})`);
      const seen = await verify(chain.owner);
      expect(seen).toMatchObject({ findings: [], rowCount: 13, verifierWalked: 6 });
      expect(await firstBreak(chain.owner)).toEqual({ id: null, pos: -1, rows: 13 });
      await appendRows(chain.owner, 2, "after");
      expect(await verify(chain.owner)).toMatchObject({ findings: [], rowCount: 15 });
      expect(await stateOf(chain.sql.unsafe("delete from audit_events where seq = 8"))).toBe("CU001");
    });

    test("keeps the root: the tree goes on from the frontier as if nothing were missing", async () => {
      await using chain = await chainDatabase(cluster);
      await appendRows(chain.owner, 20);
      const nodes = await frontierAt(chain.owner, 13);
      await chain.sql.unsafe(
        `select audit_chain_prune(13, array[${nodes.map(bytea).join(", ")}], ${bytea(new Uint8Array(32))})`,
      );
      const whole = createMerkleFrontier({ size: 13, nodes });
      for (const row of await chain.sql`select row_hash from audit_events order by seq`)
        whole.push(leafOf(row["row_hash"]));
      expect((await verify(chain.owner)).rootHash).toBe(Buffer.from(whole.root()).toString("hex"));
    });

    test("may take every event there is", async () => {
      await using chain = await chainDatabase(cluster);
      await appendRows(chain.owner, 4);
      const nodes = await frontierAt(chain.owner, 4);
      await chain.sql.unsafe(
        `select audit_chain_prune(4, array[${nodes.map(bytea).join(", ")}], ${bytea(new Uint8Array(32))})`,
      );
      expect(await verify(chain.owner)).toMatchObject({ findings: [], rowCount: 5, verifierWalked: 1 });
    });

    test("is refused without its event, its frontier, its events gone", async () => {
      await using chain = await chainDatabase(cluster);
      await appendRows(chain.owner, 4);
      const nodes = (await frontierAt(chain.owner, 3)).map(bytea).join(", ");
      const digest = bytea(new Uint8Array(32));
      const record = `insert into audit_chain_pruned (size, row_hash, frontier, archive_sha256, event_id)
        select 3, row_hash, array[${nodes}], ${digest}, 'none' from audit_events where seq = 3`;
      expect(await stateOf(chain.sql.unsafe(record))).toBe("CU005");
      expect(
        await stateOf(chain.sql.unsafe(`begin; ${record}; delete from audit_events where seq <= 3; commit`)),
      ).toBe("CU005");
      await chain.sql.unsafe("rollback");
      expect(
        await stateOf(chain.sql.unsafe(`begin; ${record}; delete from audit_events where seq = 4; commit`)),
      ).toBe("CU001");
      await chain.sql.unsafe("rollback");
      expect(
        await stateOf(chain.sql.unsafe(`select audit_chain_prune(3, array[${digest}], ${digest})`)),
      ).toBe("CU005");
      expect(await stateOf(chain.sql.unsafe(`select audit_chain_prune(9, array[${nodes}], ${digest})`))).toBe(
        "P0002",
      );
      expect(await verify(chain.owner)).toMatchObject({ findings: [], rowCount: 4 });
    });
  });
}
