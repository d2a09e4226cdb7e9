import { afterAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { connect } from "../../src/postgres/connect.ts";
import { appendCertctlRows, certctlSchema } from "../support/certctl-chain.ts";
import {
  appendRows,
  appenderRole,
  chainDatabase,
  firstBreak,
  prepareChains,
} from "../support/chain-database.ts";
import type { ChainDatabase } from "../support/chain-database.ts";
import { freshDatabase, startTestCluster } from "../support/cluster.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { custody, documentOf, dsnOf, lastLine } from "../support/run-custody.ts";
import { ran, signerIn } from "../support/signer.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);
const temporary = temporaryFolder();
afterAll(() => temporary[Symbol.dispose]());

const redactAs = (
  role: string,
  { settings }: Pick<ChainDatabase, "settings">,
  ...more: string[]
): string[] => ["chain", "redact", "--db-url", dsnOf(settings, role), "--reason", "request 12", ...more];
const redactIn = (database: Pick<ChainDatabase, "settings">, ...more: string[]): string[] =>
  redactAs(database.settings.user, database, ...more);

describe("chain redact", () => {
  test("calls nothing that is not what was installed", async () => {
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 2);
    await chain.admin.sql.unsafe(
      `create or replace function public.audit_events_redact(event_id text, reason text, actor text default session_user)
         returns text language plpgsql as $$ begin create table public.ran (); return 'x'; end $$`,
    );
    expect(await ran(...redactIn(chain, "e2"))).toMatchObject({
      code: 3,
      document: { verdict: "not-run", error: { code: "chain-broken" } },
    });
    const [found] = await chain.admin.sql`select to_regclass('public.ran') as ran`;
    expect(found).toEqual({ ran: null });
  });

  test("erases details for good, and every verifier still finds the chain whole", async () => {
    await using chain = await chainDatabase(cluster);
    const ann = await signerIn(temporary.path, "ann");
    await appendRows(chain.owner, 4);
    await ann.checkpoint(chain.settings, "before");
    const [before] = await chain.sql`select row_hash, details_hash from audit_events where id = 'e2'`;
    const { code, document } = await ran(...redactIn(chain, "e2", "--actor", "dpo"));
    expect(code).toBe(0);
    expect(document).toMatchObject({
      verdict: "redacted",
      error: null,
      id: "e2",
      seq: 2,
      row_hash: Buffer.from(before!["row_hash"]).toString("hex"),
      event: { id: expect.any(String), seq: 5, row_hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });

    const [row] =
      await chain.sql`select details, details_salt, details_hash from audit_events where id = 'e2'`;
    expect(row).toEqual({ details: null, details_salt: null, details_hash: before!["details_hash"] });
    const [event] =
      await chain.sql`select actor, resource_id, details from audit_events where action = 'audit.redacted'`;
    expect(event).toMatchObject({
      actor: "dpo",
      resource_id: "e2",
      details: { seq: 2, reason: "request 12", row_hash: document["row_hash"] },
    });

    expect(await firstBreak(chain.owner)).toEqual({ id: null, pos: -1, rows: 5 });
    await ann.checkpoint(chain.settings, "after");
    expect(await ann.verify(chain.settings, ["before", "after"])).toMatchObject({
      code: 0,
      document: {
        verdict: "clean",
        findings: [],
        checkpoints: [
          { size: 4, outcome: "matched" },
          { size: 5, outcome: "matched" },
        ],
      },
    });
  });

  test("leaves nothing with which a guess could be tried: two events with the same details share no hash, and the salt is gone", async () => {
    await using chain = await chainDatabase(cluster);
    await chain.sql`insert into audit_events (id, actor, actor_type, action, resource_type, resource_id, details)
      select n, 'ann', 'User', 'thing.made', 'thing', '1', '{"patient": "Doe"}' from unnest('{a,b}'::text[]) n`;
    for (const id of ["a", "b"]) expect((await custody(redactIn(chain, id))).code).toBe(0);
    const rows =
      await chain.sql`select id, row_to_json(e)::text as row, details_hash from audit_events e where id in ('a', 'b') order by id`;
    expect(rows[0]!["details_hash"]).not.toEqual(rows[1]!["details_hash"]);
    const field = (bytes: Buffer | null): Buffer => {
      const length = Buffer.alloc(4);
      length.writeInt32BE(bytes?.length ?? -1);
      return Buffer.concat([length, bytes ?? Buffer.alloc(0)]);
    };
    for (const { row, details_hash } of rows) {
      expect(row).not.toContain("Doe");
      for (const salt of [null, Buffer.alloc(0), Buffer.alloc(16)]) {
        const parts = [Buffer.from("custody.details.v1"), salt, Buffer.from('{"patient": "Doe"}')].map(field);
        expect(createHash("sha256").update(Buffer.concat(parts)).digest()).not.toEqual(details_hash);
      }
    }
    const [found] = await chain.sql`select count(*)::int as n from audit_events e where e::text like '%Doe%'`;
    expect(found).toEqual({ n: 0 });
  });

  test.each([
    ["nobody has written", "none", "bad-input", 2, /there is no event "none"/],
    ["was redacted before", "e1", "bad-input", 2, /event "e1" is redacted already/],
    ["is a drop", "d", "bad-input", 2, /event "d" \(drop\.started\) cannot be redacted/],
    ["is custody's own", "own", "bad-input", 2, /\(audit\.redacted\) cannot be redacted/],
  ])("an event that %s stays as it is", async (_name, given, error, exitCode, message) => {
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 2);
    await chain.sql`insert into audit_events (id, actor, actor_type, action, resource_type, resource_id) values ('d', 'a', 'b', 'drop.started', 'c', 'd')`;
    const { event } = documentOf(await custody(redactIn(chain, "e1", "--output", "json"))) as {
      event: { id: string };
    };
    const rows = (): PromiseLike<unknown> => chain.sql`select e::text from audit_events e order by seq`;
    const before = await rows();
    const told = await custody(redactIn(chain, given === "own" ? event.id : given));
    expect({ code: told.code, stderr: told.stderr }).toMatchObject({
      code: exitCode,
      stderr: expect.stringMatching(message),
    });
    expect(told.stderr.trimEnd().split("\n")).toHaveLength(2);
    expect(
      documentOf(await custody(redactIn(chain, given === "own" ? event.id : given, "--output", "json"))),
    ).toMatchObject({
      verdict: "not-run",
      error: { code: error },
    });
    expect(await rows()).toEqual(before as never);
  });

  test("is for the owner, and for whom the owner granted it", async () => {
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 2);
    const refused = await custody(redactAs(appenderRole, chain, "e1"));
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain("GRANT EXECUTE ON FUNCTION");
    await chain.sql.unsafe(`grant execute on function audit_events_redact to ${appenderRole}`);
    const { code, document } = await ran(...redactAs(appenderRole, chain, "e1"));
    expect([code, document]).toMatchObject([
      0,
      { id: "e1", seq: null, row_hash: null, event: { seq: null } },
    ]);
    const told = await custody(redactAs(appenderRole, chain, "e1"));
    expect([told.code, told.stderr]).toMatchObject([
      2,
      expect.stringMatching(/event "e1" cannot be redacted\n.*redacted already, or/),
    ]);
  });

  test("says that nobody knows when the connection is lost, and may be repeated", async () => {
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 2);
    const blocker = await chain.open();
    await blocker.sql.unsafe("begin; select from audit_chain_head for update");
    const lost = custody(redactIn(chain, "e1"));
    const ended = async (): Promise<boolean> => {
      const found = await chain.admin.sql`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'custody chain redact' and wait_event_type = 'Lock'`;
      return found.length > 0;
    };
    while (!(await ended())) await Bun.sleep(5);
    await blocker.sql.unsafe("rollback");
    const told = await lost;
    expect([told.code, told.stderr]).toEqual([3, expect.stringMatching(/nobody knows.*\n.*redact it again/)]);
    expect((await custody(redactIn(chain, "e1"))).code).toBe(0);
  });

  test("refuses no reason, no words, what a text cannot hold, and a schema without a chain", async () => {
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 1);
    const base = ["chain", "redact", "e1", "--db-url", dsnOf(chain.settings)];
    const codeOf = async (...more: string[]): Promise<unknown> => {
      const { code, document } = await ran(...base, ...more);
      return [code, (document["error"] as { code: string }).code];
    };
    expect(await codeOf()).toEqual([2, "bad-usage"]);
    expect(await codeOf("--reason", " ")).toEqual([2, "bad-usage"]);
    expect(await codeOf("--reason", "x", "--actor", "")).toEqual([2, "bad-usage"]);
    expect(await codeOf("--reason", "x", "--actor", "a".repeat(9000))).toEqual([2, "bad-input"]);
    expect(await codeOf("--reason", "x", "--schema", "nowhere")).toEqual([3, "no-chain"]);
    const [row] = await chain.sql`select details is not null as there from audit_events where id = 'e1'`;
    expect(row).toEqual({ there: true });
  });

  test("a chain of another program has no room for it, and says why", async () => {
    await using database = await freshDatabase(cluster);
    await using session = await connect(database.settings, { applicationName: "test" });
    await session.sql.unsafe(certctlSchema);
    await appendCertctlRows(session, 3);
    const told = await custody(redactIn(database, "c1"));
    expect(told.code).toBe(2);
    expect(told.stderr).toContain("profile certctl: an erased row would not give its hash any more");
  });

  test("of two at once one is told that it came late", async () => {
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 3);
    const both = await Promise.all([custody(redactIn(chain, "e3")), custody(redactIn(chain, "e3"))]);
    expect(both.map((each) => each.code).toSorted((one, other) => one - other)).toEqual([0, 2]);
    expect(lastLine(both.find((each) => each.code === 0)!.stdout)).toMatch(/^REDACTED id=e3 seq=3 event=/);
    expect(await firstBreak(chain.owner)).toEqual({ id: null, pos: -1, rows: 4 });
  });
});
