import { describe, expect, test } from "bun:test";
import { startTestCluster } from "../../support/cluster.ts";
import { stateOf } from "../../support/chain-database.ts";
import { bothKinds, insertAt, prepareBoth } from "../../support/either-chain.ts";
import type { ChainKind, EitherChain } from "../../support/either-chain.ts";
import { pruneChain } from "../../support/prune-chain.ts";
import { classesOf, tamper, verifyIn } from "../../support/verify-chain.ts";
import type { Session } from "../../../src/postgres/session.ts";

/** What is no tampering, and what certctl's own verifier calls a break: the notes, "false alarms". */

const cluster = await startTestCluster(15);
await prepareBoth(cluster);

/** Transactions of one writer: one to three rows, timestamps that run backwards, savepoints that are rolled back. */
async function write({ append }: ChainKind, session: Session, writer: number): Promise<void> {
  for (let batch = 0; batch < 12; batch += 1) {
    const id = `w${writer}-${batch}`;
    await session.sql.unsafe("begin");
    await append(session, (batch % 3) + 1, `${id}-`);
    await session.sql.unsafe(
      `savepoint s; ${insertAt(`${id}-gone`, "now()")}; rollback to savepoint s; ${insertAt(`${id}-back`, `'2026-01-01'::timestamptz - ${batch} * '1 day'::interval`)}`,
    );
    await session.sql.unsafe(batch % 5 === 4 ? "rollback" : "commit");
  }
}

const rowsOfWriter = [...Array(12).keys()]
  .filter((batch) => batch % 5 !== 4)
  .reduce((sum, batch) => sum + (batch % 3) + 2, 0);

describe.each(bothKinds)("no false alarm in a chain of $profile's", (kind) => {
  test.each([2, 4, 8, 16])(
    "with %i writers at once, verified in a loop meanwhile",
    async (writers) => {
      await using chain = await kind.create(cluster);
      await kind.append(chain.admin, 1, "first");
      let isWriting = true;
      const verifying = (async (): Promise<number> => {
        const reader = await chain.open();
        let runs = 0;
        let rows = 0;
        for (; isWriting; runs += 1) {
          const seen = await verifyIn(reader);
          expect(seen).toMatchObject({ findings: [], findingsTotal: 0, firstBreakPos: -1 });
          expect(seen.rowCount).toBeGreaterThanOrEqual(rows);
          rows = seen.rowCount;
        }
        return runs;
      })();
      await Promise.all(
        Array.from({ length: writers }, async (_, writer) => write(kind, await chain.open(), writer)),
      );
      isWriting = false;
      expect(await verifying).toBeGreaterThan(0);
      expect(await verifyIn(chain.admin)).toMatchObject({
        findings: [],
        rowCount: 1 + writers * rowsOfWriter,
      });
    },
    60_000,
  );

  test("two rows with one timestamp", async () => {
    await using chain = await kind.create(cluster);
    for (const id of ["b", "c", "a"]) await chain.admin.sql.unsafe(insertAt(id, "'2026-01-01'"));
    await expectClean(chain, 3);
  });

  test("a clock that steps back", async () => {
    await using chain = await kind.create(cluster);
    for (const day of [20, 19, 21, 1, 20]) {
      const { sql } = chain.admin;
      await sql.unsafe(insertAt(`${day}-${await rowsIn(chain)}`, `'2026-01-${day}'`));
    }
    await expectClean(chain, 5);
  });

  test("savepoints that are rolled back", async () => {
    await using chain = await kind.create(cluster);
    await chain.admin.sql.unsafe(
      `begin; ${insertAt("a", "now()")}; savepoint s; ${insertAt("b", "now()")}; rollback to savepoint s;
       ${insertAt("c", "now()")}; release savepoint s; commit`,
    );
    await expectClean(chain, 2);
  });

  test("a transaction that is rolled back", async () => {
    await using chain = await kind.create(cluster);
    await kind.append(chain.admin, 2);
    await chain.admin.sql.unsafe(`begin; ${insertAt("a", "now()")}; rollback`);
    await kind.append(chain.admin, 1, "later");
    await expectClean(chain, 3);
  });

  test("timestamps of infinity: taken, or refused by the chain's own trigger", async () => {
    await using chain = await kind.create(cluster);
    await kind.append(chain.admin, 1);
    const told = await Promise.all(
      ["'infinity'", "'-infinity'"].map((at) =>
        stateOf(chain.admin.sql.unsafe(insertAt(at.slice(1, -1), at))),
      ),
    );
    // certctl's to_char gives NULL, and a head cannot be NULL.
    expect(told).toEqual(kind.profile === "custody" ? ["done", "done"] : ["23502", "23502"]);
    await expectClean(chain, kind.profile === "custody" ? 3 : 1);
  });

  test("INSERT … ON CONFLICT DO NOTHING that hits a duplicate", async () => {
    await using chain = await kind.create(cluster);
    await kind.append(chain.admin, 3);
    const duplicate = `${insertAt("e2", "now()")} on conflict do nothing`;
    await chain.admin.sql.unsafe(duplicate);
    if (kind.profile === "custody") {
      await expectClean(chain, 3);
      return;
    }
    // certctl's trigger has moved the head: that is a break of the chain, and the cause says which.
    const moved = await verifyIn(chain.admin);
    expect(classesOf(moved)).toEqual(["head-mismatch@2"]);
    expect(moved.findings[0]?.cause).toContain("moved without a row (INSERT … ON CONFLICT DO NOTHING");
    await kind.append(chain.admin, 2, "later");
    const broken = await verifyIn(chain.admin);
    expect(classesOf(broken)).toEqual(["missing@3"]);
    expect(broken.findings[0]?.cause).toContain("moved without a row (INSERT … ON CONFLICT DO NOTHING");
  });

  test("a retention purge: pruned, it is none; rows that were deleted are missing", async () => {
    await using chain = await kind.create(cluster);
    await kind.append(chain.admin, 9);
    if (kind.profile === "custody") {
      await pruneChain(chain.admin, 3);
      await kind.append(chain.admin, 2, "later");
      expect(await verifyIn(chain.admin)).toMatchObject({ findings: [], rowCount: 12, verifierWalked: 9 });
    }
    const first = kind.profile === "custody" ? 3 : 0;
    await tamper(chain.admin, `delete from audit_events where id in ('e${first + 1}', 'e${first + 2}')`);
    const found = classesOf(await verifyIn(chain.admin));
    expect(found).toEqual(kind.profile === "custody" ? ["gap@3", "missing@3"] : ["missing@0"]);
  });

  test("a redaction: recorded, it is none; erased in silence it is found", async () => {
    await using chain = await kind.create(cluster);
    await kind.append(chain.admin, 4);
    if (kind.profile === "custody") {
      await chain.admin.sql.unsafe("select public.audit_events_redact('e2', 'asked for')");
      await expectClean(chain, 5);
    }
    await tamper(chain.admin, "update audit_events set details = null where id = 'e1'");
    const found = classesOf(await verifyIn(chain.admin));
    expect(found).toEqual(kind.profile === "custody" ? ["details-altered@0"] : ["altered@0"]);
  });

  test("audit and business rows in opposite orders: no deadlock in custody, one in certctl", async () => {
    await using chain = await kind.create(cluster);
    await chain.admin.sql.unsafe(
      "create table business (id int primary key, n int); insert into business values (1, 0); grant all on business to public",
    );
    const [one, other] = [await chain.open(), await chain.open()];
    const touch = "update business set n = n + 1 where id = 1";
    await one.sql.unsafe(`begin; ${insertAt("a", "now()")}`);
    await other.sql.unsafe(`begin; ${touch}`);
    const first = stateOf(one.sql.unsafe(`${touch}; commit`));
    const second = stateOf(other.sql.unsafe(`${insertAt("b", "now()")}; commit`));
    const states = await Promise.all([first, second]);
    expect(states.toSorted()).toEqual(kind.profile === "custody" ? ["done", "done"] : ["40P01", "done"]);
    await Promise.all([one, other].map((each) => each.sql.unsafe("rollback")));
    await expectClean(chain, kind.profile === "custody" ? 2 : 1);
  });
});

async function rowsIn({ admin }: EitherChain): Promise<number> {
  return (await admin.sql`select from public.audit_events`).length;
}

async function expectClean({ admin }: EitherChain, rows: number): Promise<void> {
  expect(await verifyIn(admin)).toMatchObject({
    findings: [],
    findingsTotal: 0,
    firstBreakId: "",
    firstBreakPos: -1,
    rowCount: rows,
  });
}
