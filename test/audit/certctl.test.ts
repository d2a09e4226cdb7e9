import { describe, expect, test } from "bun:test";
import { connect } from "../../src/postgres/connect.ts";
import type { Session } from "../../src/postgres/session.ts";
import { freshDatabase, startTestCluster } from "../support/cluster.ts";
import type { TestDatabase } from "../support/cluster.ts";
import { appendCertctlRows, certctlSchema } from "../support/certctl-chain.ts";
import { readVectors } from "../support/chain-database.ts";
import { classesOf, tamper, verifyIn } from "../support/verify-chain.ts";

interface Vector {
  readonly id: string;
  readonly timestamp: string;
  readonly row_hash: string;
}

const cluster = await startTestCluster(15);
const template = await freshDatabase(cluster, { name: "certctl_template" });
{
  await using session = await connect(template.settings, { applicationName: "test" });
  await session.sql.unsafe(certctlSchema);
}

async function certctlDatabase(): Promise<{ database: TestDatabase; session: Session } & AsyncDisposable> {
  const stack = new AsyncDisposableStack();
  const database = stack.use(await freshDatabase(cluster, { template: "certctl_template" }));
  const session = stack.use(await connect(database.settings, { applicationName: "test" }));
  return { database, session, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe("a chain of certctl's", () => {
  test("its vectors are hashed as certctl hashes them", async () => {
    await using chain = await certctlDatabase();
    const vectors = readVectors("chain-certctl.jsonl") as readonly Vector[];
    await tamper(
      chain.session,
      `insert into audit_events select id, actor, actor_type, action, resource_type, resource_id, details_text::jsonb,
         "timestamp"::timestamptz, event_category, prev_hash, row_hash
       from json_to_recordset('${JSON.stringify(vectors)}') as r (id text, actor text, actor_type text, action text,
         resource_type text, resource_id text, details_text text, "timestamp" text, event_category text, prev_hash text, row_hash text);
       update audit_chain_head set row_hash = '${vectors.at(-1)!.row_hash}'`,
    );
    // The third row is older than the first two: its clock was set back.
    expect(vectors.map((each) => each.timestamp)).not.toEqual(
      vectors.map((each) => each.timestamp).toSorted(),
    );
    const seen = await verifyIn(chain.session);
    expect(seen).toMatchObject({
      findings: [],
      rowCount: 3,
      chainHeadHash: vectors.at(-1)!.row_hash,
      chainId: null,
    });
    expect(seen.notes.join()).toContain('joins fields by "|"');
  });

  test("is followed by its links, whatever the timestamps and however many write", async () => {
    await using chain = await certctlDatabase();
    await Promise.all(
      Array.from({ length: 8 }, async (_, writer) => {
        await using session = await connect(chain.database.settings, { applicationName: "test" });
        for (let batch = 0; batch < 10; batch += 1)
          await appendCertctlRows(session, 5, `w${writer}-${batch}-`);
      }),
    );
    await chain.session.sql
      .unsafe(`insert into audit_events (id, actor, actor_type, action, resource_type, resource_id, timestamp)
      select 'old' || n, 'a', 'b', 'c', 'd', 'e', '2001-01-01' from generate_series(1, 5) n;
      insert into audit_events (id, actor, actor_type, action, resource_type, resource_id, timestamp)
      select 'bc' || n, 'a', 'b', 'c', 'd', 'e', '0044-03-15 12:00:00.000001 BC'::timestamptz + n * '1s'::interval from generate_series(1, 5) n;
      insert into audit_events (id, actor, actor_type, action, resource_type, resource_id, timestamp)
      select 'far' || n, 'a', 'b', 'c', 'd', 'e', '12345-06-07 23:59:59.999999'::timestamptz - n * '1s'::interval from generate_series(1, 5) n`);
    await appendCertctlRows(chain.session, 5, "after-");
    expect(await verifyIn(chain.session)).toMatchObject({
      findings: [],
      rowCount: 420,
      verifierWalked: 420,
      firstBreakPos: -1,
    });
  });

  const rehash = (where: string): string =>
    `update audit_events e set row_hash = certctl_hash(e) where ${where}`;
  const copyRow = (id: string, prev: string, at = "timestamp"): string =>
    `insert into audit_events select '${id}', actor, actor_type, action, resource_type, resource_id, details, ${at}, event_category,
       ${prev}, 'x' from audit_events where id = 'c3'; ${rehash(`id = '${id}'`)}`;
  const hashOf = (id: string): string => `(select row_hash from audit_events where id = '${id}')`;

  test.each([
    ["nothing", "select 1", []],
    ["a text changed", "update audit_events set actor = 'x' where id = 'c4'", ["altered@3"]],
    ["details changed", "update audit_events set details = '{}' where id = 'c4'", ["altered@3"]],
    [
      "a row rewritten and hashed again",
      `update audit_events set actor = 'x' where id = 'c4'; ${rehash("id = 'c4'")}`,
      ["missing@4"],
    ],
    ["row_hash changed", "update audit_events set row_hash = repeat('0', 64) where id = 'c4'", ["altered@3"]],
    [
      "row_hash in capitals",
      "update audit_events set row_hash = upper(row_hash) where id = 'c4'",
      ["altered@3"],
    ],
    ["a row deleted", "delete from audit_events where id = 'c4'", ["missing@3"]],
    ["the first rows deleted", "delete from audit_events where id in ('c1', 'c2')", ["missing@0"]],
    ["the last rows deleted", "delete from audit_events where id in ('c9', 'c10')", ["head-mismatch@7"]],
    ["every row deleted", "truncate audit_events", ["head-mismatch@0"]],
    [
      "a row inserted that was never hashed",
      "insert into audit_events (id, actor, actor_type, action, resource_type, resource_id) values ('x', 'a', 'b', 'c', 'd', 'e')",
      ["unlinked@10"],
    ],
    ["a row inserted after another", copyRow("x", hashOf("c5")), ["fork@7"]],
    ["a row inserted at the end", copyRow("x", hashOf("c10"), "clock_timestamp()"), ["head-mismatch@10"]],
    ["a second beginning", copyRow("x", "null", "clock_timestamp()"), ["extra-genesis@10"]],
    [
      "a prev_hash that is none",
      "update audit_events set prev_hash = 'none' where id = 'c4'",
      ["altered@3", "missing@3"],
    ],
    [
      "the first row's prev_hash that is none",
      "update audit_events set prev_hash = 'none' where id = 'c1'",
      ["altered@0", "missing@0"],
    ],
    [
      "a timestamp that cannot be formatted",
      "update audit_events set timestamp = 'infinity' where id = 'c4'",
      ["altered@3"],
    ],
    ["the head deleted", "delete from audit_chain_head", ["head-mismatch@9"]],
    ["the head's table dropped", "drop table audit_chain_head", ["head-mismatch@9"]],
  ] as const)("what was done to it: %s", async (_, statements, classes) => {
    await using chain = await certctlDatabase();
    await appendCertctlRows(chain.session, 10);
    await tamper(chain.session, statements);
    const seen = await verifyIn(chain.session);
    const found = classesOf(seen);
    // Where a fork is walked the other branch comes first or last; its class is what counts.
    if (classes.some((each) => each.startsWith("fork")))
      expect(found.map((each) => each.split("@")[0]!)).toContain("fork");
    else expect(found).toEqual([...classes]);
  });
});
