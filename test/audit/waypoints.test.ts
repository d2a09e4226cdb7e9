import { describe, expect, test } from "bun:test";
import { createMerkleFrontier } from "../../src/audit/merkle/frontier.ts";
import { rootAt } from "../../src/audit/waypoints.ts";
import { freshDatabase, startTestCluster } from "../support/cluster.ts";
import { appendCertctlRows, certctlSchema } from "../support/certctl-chain.ts";
import { appendRows, chainDatabase, prepareChains } from "../support/chain-database.ts";
import { verifyIn } from "../support/verify-chain.ts";
import { connect } from "../../src/postgres/connect.ts";
import type { Session } from "../../src/postgres/session.ts";
import { toHex } from "../../src/run/sha256.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);

/** The roots of the chain when it had 0, 1, 2 … rows, made of its leaves. */
async function rootsOf(session: Session): Promise<readonly string[]> {
  const frontier = createMerkleFrontier();
  const roots = [toHex(frontier.root())];
  await verifyIn(session, {
    onLeaf: (leaf, index) => {
      expect(index).toBe(roots.length - 1);
      frontier.push(leaf);
      roots.push(toHex(frontier.root()));
    },
  });
  return roots;
}

async function expectEveryRoot(session: Session, size: number): Promise<void> {
  const roots = await rootsOf(session);
  expect(roots).toHaveLength(size + 1);
  const sizes = [...roots.keys(), size + 1, 3];
  const { waypoints, rootHash } = await verifyIn(session, { waypoints: sizes });
  expect([...waypoints.values()].map((each) => toHex(rootAt(each)))).toEqual([...roots]);
  expect(rootHash).toBe(roots.at(-1) ?? "");
}

describe("what the chain was at sizes that it has passed", () => {
  test("of custody's", async () => {
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 11);
    await expectEveryRoot(chain.owner, 11);
  });

  test("of certctl's", async () => {
    await using database = await freshDatabase(cluster);
    await using session = await connect(database.settings, { applicationName: "test" });
    await session.sql.unsafe(certctlSchema);
    await appendCertctlRows(session, 7);
    await expectEveryRoot(session, 7);
  });

  test("from a mark on: at it, after it, never before it", async () => {
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 9);
    const { mark: since, waypoints: all } = await verifyIn(chain.owner, { markRows: 4, waypoints: [5, 8] });
    if (since === null) throw new Error("there is no mark");
    const { waypoints } = await verifyIn(chain.owner, { since, waypoints: [4, 5, 8, 10] });
    expect([...waypoints]).toEqual([...all]);
  });
});
