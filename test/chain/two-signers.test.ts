import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import { startTestCluster } from "../support/cluster.ts";
import { appendRows, chainDatabase, prepareChains } from "../support/chain-database.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { dsnOf } from "../support/run-custody.ts";
import { signerIn } from "../support/signer.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);
const temporary = temporaryFolder();
afterAll(() => temporary[Symbol.dispose]());
const main = join(import.meta.dirname, "../../src/main.ts");

test("a signer that was held up while another signed does not take the chain for cut", async () => {
  await using chain = await chainDatabase(cluster);
  await using blocker = await chainDatabase(cluster);
  await appendRows(chain.owner, 3);
  const ann = await signerIn(temporary.path, "ann");
  const fileAt = (name: string): string => join(temporary.path, name);
  const isWaiting = async (): Promise<boolean> => {
    const [row] = await blocker.admin.sql<{ waits: boolean }[]>`
      select exists (select from pg_stat_activity
        where datname = ${chain.settings.database} and wait_event_type = 'Lock') as waits`;
    return row?.waits === true;
  };
  // It has a snapshot, and is stopped while it waits for the head's lock.
  await chain.admin.sql.unsafe("begin; lock table audit_chain_head in access exclusive mode");
  const args = ["--db-url", dsnOf(chain.settings), "--state", ann.state, "--key", ann.key];
  const held = Bun.spawn(
    [process.execPath, main, "chain", "checkpoint", ...args, "--out", fileAt("held"), "--output", "json"],
    { stdout: "pipe", env: { ...process.env, CUSTODY_STATE_DIR: fileAt("runs") } },
  );
  while (!(await isWaiting())) await Bun.sleep(10);
  held.kill("SIGSTOP");
  await chain.admin.sql.unsafe("commit");
  await appendRows(chain.owner, 2, "later");
  expect(await ann.checkpoint(chain.settings, "one")).toMatchObject({ code: 0, document: { size: 5 } });
  held.kill("SIGCONT");
  const document: unknown = await new Response(held.stdout).json();
  expect(document).toMatchObject({ verdict: "signed", size: 5, extended: 5, findings: [] });
});
