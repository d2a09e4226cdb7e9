import { expect, test } from "bun:test";
import { appendPorts } from "../../src/chain/append/append-ports.ts";
import { freshDatabase, run, startTestCluster } from "../support/cluster.ts";
import { installChain } from "../../src/audit/install-chain.ts";
import { connect } from "../../src/postgres/connect.ts";
import { poll } from "../support/replicated-cluster.ts";
import { dsnOf } from "../support/run-custody.ts";

const cluster = await startTestCluster(15, {
  parameters: { wal_level: "replica", max_wal_senders: "2", synchronous_commit: "on" },
});

const json = `{"id": "mine", "actor": "ann", "actor_type": "User", "action": "came", "resource_type": "door", "resource_id": "1"}\n`;
const event = { actor: "ann", actorType: "User", action: "came", resourceType: "door", resourceId: "1" };

test("an interruption that comes after the commit was sent waits for its answer: nobody says that nothing was appended", async () => {
  await using database = await freshDatabase(cluster);
  await using session = await connect(database.settings, { applicationName: "test" });
  await installChain(session, { schema: "public" });
  const at = { dbUrl: dsnOf(database.settings), schema: null };
  for (const how of ["one", "batch"] as const) {
    const interruption = new AbortController();
    const ports = appendPorts({
      env: {},
      cwd: "/",
      signal: interruption.signal,
      openStdin: () =>
        Object.assign(
          (async function* () {
            yield Buffer.from(json);
          })(),
          { isTTY: false },
        ),
    });
    // A commit then waits for a standby that nobody has.
    await setStandby("nobody");
    const appending =
      how === "one"
        ? ports.append({ ...at, event })
        : ports.appendBatch({ ...at, batch: "-", onConflict: "refuse" }, () => undefined);
    await poll(async () => {
      const rows = await session.sql`select from pg_stat_activity
        where application_name = 'custody chain append' and wait_event = 'SyncRep'`;
      return rows.length === 1;
    });
    interruption.abort();
    await setStandby("");
    expect(await appending).toMatchObject(how === "one" ? { seq: "1" } : { appended: 1, firstSeq: 2n });
  }
});

async function setStandby(name: string): Promise<void> {
  await run(cluster, `alter system set synchronous_standby_names = '${name}'`);
  await run(cluster, "select pg_reload_conf()");
}
