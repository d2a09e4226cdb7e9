import { afterAll, describe, expect, test } from "bun:test";
import { connect } from "../../../src/postgres/connect.ts";
import type { Session } from "../../../src/postgres/session.ts";
import { startTestCluster } from "../../support/cluster.ts";
import { bothKinds, prepareBoth } from "../../support/either-chain.ts";
import { temporaryFolder } from "../../support/run-commands.ts";
import { signerIn } from "../../support/signer.ts";

/** PostgreSQL shows a table that an ALTER TABLE rewrote as an empty one to every snapshot from before it. */

const cluster = await startTestCluster(15);
await prepareBoth(cluster);
const temporary = temporaryFolder();
afterAll(() => temporary[Symbol.dispose]());

describe.each(bothKinds)(
  "a chain of $profile's whose table is being rewritten",
  ({ profile, create, append, origin }) => {
    test("is read as it is afterwards", async () => {
      await using chain = await create(cluster);
      await append(chain.admin, 5);
      const signer = await signerIn(temporary.path, profile);
      await using other = await connect(chain.settings, { applicationName: "test" });
      const columns = ["audit_events", "audit_chain_head"].map(
        (table) => `alter table public.${table} add column`,
      );
      for (const [n, column] of columns.entries()) {
        const during = async (name: string, work: () => Promise<unknown>): Promise<unknown> => {
          await other.sql.unsafe(`begin; ${column} ${name} uuid default gen_random_uuid()`);
          const working = work();
          await waitForLock(chain.admin);
          await other.sql.unsafe("commit");
          return working;
        };
        const out = `${profile}${n}.checkpoint`;
        expect(await during("a", () => signer.checkpoint(chain.settings, out, ...origin))).toMatchObject({
          code: 0,
        });
        for (const jobs of ["1", "2"]) {
          expect(
            await during(`b${jobs}`, () => signer.verify(chain.settings, [out], "--jobs", jobs)),
          ).toMatchObject({ code: 0, document: { verdict: "clean", row_count: 5, findings: [] } });
        }
      }
    });
  },
);

async function waitForLock({ sql }: Session): Promise<void> {
  for (;;) {
    const waiting = await sql`
      select from pg_locks l join pg_stat_activity a using (pid) where not l.granted and a.datname = current_database()`;
    if (waiting.length > 0) return;
  }
}
