import { expect, test } from "bun:test";
import { chainRedact } from "../../../src/chain/redact/feature.ts";
import { redactPorts } from "../../../src/chain/redact/redact-ports.ts";
import { execute } from "../../../src/run/execute.ts";
import { appendRows, chainDatabase, prepareChains } from "../../support/chain-database.ts";
import { startTestCluster } from "../../support/cluster.ts";
import { dsnOf } from "../../support/run-custody.ts";

const cluster = await startTestCluster(15, { parameters: { wal_level: "replica", max_wal_senders: "2" } });
await prepareChains(cluster);

test("an interruption does not hide that the redaction may have been committed", async () => {
  await using chain = await chainDatabase(cluster);
  await appendRows(chain.owner, 2);
  // Its commit is on disk, and waits for a standby that never comes.
  await chain.admin.sql.unsafe("alter system set synchronous_standby_names = 'nowhere'");
  await chain.admin.sql`select pg_reload_conf()`;
  const interruption = new AbortController();
  const { signal } = interruption;
  const dbUrl = `${dsnOf(chain.settings)} options='-c synchronous_commit=on'`;
  const input = { dbUrl, schema: null, id: "e1", reason: "x", actor: null };
  const options = { signal, observers: [], version: "test" };
  const running = execute(chainRedact, input, redactPorts({ env: {}, signal }), options);
  const isThere = async (event: string): Promise<boolean> => {
    const found = await chain.admin.sql`select from pg_stat_activity where datname = current_database()
      and application_name = 'custody chain redact' and coalesce(wait_event, '') like ${event}`;
    return found.length > 0;
  };
  while (!(await isThere("SyncRep"))) await Bun.sleep(5);
  interruption.abort();
  // Whether the server's answer comes before the connection is closed is a matter of luck; both words are true.
  const { exitCode, error } = await running;
  if (exitCode !== 0) {
    expect([exitCode, error]).toMatchObject([
      130,
      {
        code: "interrupted",
        message: expect.stringContaining("nobody knows"),
        hint: expect.stringContaining("redact it again"),
      },
    ]);
  }
  // The server goes on until it has seen that it was told to stop.
  while (await isThere("%")) await Bun.sleep(5);
  const [row] = await chain.admin
    .sql`select details_salt is null as erased from audit_events where id = 'e1'`;
  expect(row).toEqual({ erased: true });
});
