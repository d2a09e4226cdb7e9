import { expect, test } from "bun:test";
import { startTestCluster } from "../support/cluster.ts";
import { appendRows, chainDatabase, prepareChains } from "../support/chain-database.ts";
import { pruneChain } from "../support/prune-chain.ts";
import { tamper, verifyIn } from "../support/verify-chain.ts";

/** What a pruned chain stands on is changed: rows 1 to 4 of nine were pruned, after an earlier cut at 2; event 10 and 11 say so. */

const cluster = await startTestCluster(15);
await prepareChains(cluster);

const event = "(select event_id from audit_chain_pruned where size = 4)";
const forged = (columns: string): string => `update audit_chain_pruned set ${columns} where size = 4`;

test.each([
  ["nothing", "select 1", []],
  ["its record deleted", "delete from audit_chain_pruned where size = 4", ["gap", "missing"]],
  ["every record deleted", "delete from audit_chain_pruned", ["gap", "missing"]],
  ["the record's table emptied", "truncate audit_chain_pruned", ["gap", "missing"]],
  ["the record's table dropped", "drop table audit_chain_pruned", ["gap", "guard-changed", "missing"]],
  ["another size", forged("size = 3"), ["gap", "missing"]],
  ["another last hash", forged("row_hash = sha256('')"), ["missing"]],
  ["another frontier", forged("frontier = array[sha256('')]"), ["missing"]],
  ["an empty frontier", forged("frontier = '{}'"), ["gap", "missing"]],
  ["another archive", forged("archive_sha256 = sha256('')"), ["missing"]],
  ["another event", forged("event_id = 'e9'"), ["missing"]],
  [
    "a newer record that says more was pruned",
    "insert into audit_chain_pruned select 6, (select row_hash from audit_events where seq = 6), frontier, archive_sha256, event_id from audit_chain_pruned where size = 4",
    ["gap", "missing"],
  ],
  ["rows after the cut deleted too", "delete from audit_events where seq in (5, 6)", ["gap", "missing"]],
  ["the event changed", `update audit_events set actor = 'x' where id = ${event}`, ["altered"]],
  [
    "the event's details changed",
    `update audit_events set details = '{}' where id = ${event}`,
    ["details-altered", "missing"],
  ],
  ["the event deleted", `delete from audit_events where id = ${event}`, ["head-mismatch", "missing"]],
  ["the chain's name changed", "update audit_chain_head set chain_id = gen_random_uuid()", ["head-mismatch"]],
  ["the head deleted", "delete from audit_chain_head", ["head-mismatch"]],
] as const)("of a pruned chain: %s", async (_, statements, classes) => {
  await using chain = await chainDatabase(cluster);
  await appendRows(chain.owner, 9);
  await pruneChain(chain.owner, 2);
  const tree = await verifyIn(chain.owner, { waypoints: [4] });
  const nodes = tree.waypoints
    .get(4)!
    .frontier.map((each) => `'\\x${Buffer.from(each).toString("hex")}'::bytea`);
  await chain.owner.sql.unsafe(
    `select public.audit_chain_prune(4, array[${nodes.join(", ")}], sha256('another archive'))`,
  );
  expect(await verifyIn(chain.owner)).toMatchObject({ findings: [], rowCount: 11, verifierWalked: 7 });
  await tamper(chain.admin, statements);
  const { findings } = await verifyIn(chain.owner);
  expect([...new Set(findings.map((each): string => each.class))].toSorted()).toEqual([...classes]);
});
