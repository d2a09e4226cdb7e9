import { afterAll, describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openNote } from "../../../src/audit/note/signed-note.ts";
import { readGuardKey } from "../../../src/chokepoint/ledger/guard-key.ts";
import { keepCheckpoints } from "../../../src/chokepoint/ledger/keep-checkpoints.ts";
import type { GuardFact, KeepOptions } from "../../../src/chokepoint/ledger/keep-checkpoints.ts";
import { signLedger } from "../../../src/chokepoint/ledger/sign-ledger.ts";
import { verifyLedger } from "../../../src/chokepoint/ledger/verify-ledger.ts";
import type { GuardedLedger } from "../../../src/chokepoint/ledger/verify-ledger.ts";
import { connect } from "../../../src/postgres/connect.ts";
import type { ConnectionSettings } from "../../../src/postgres/settings.ts";
import { freshDatabase, run, startTestCluster } from "../../support/cluster.ts";
import { openTestLedger, provisioner, schema } from "../../support/ledger.ts";
import { poll } from "../../support/server-process.ts";
import { cosigner, startWitness } from "../../support/witness.ts";

const cluster = await startTestCluster();
const base = await mkdtemp(join(tmpdir(), "guard-"));
afterAll(() => rm(base, { recursive: true, force: true }));
const { signal } = new AbortController();

let count = 0;

async function guarded(
  settings: ConnectionSettings,
  stateDir = join(base, `state${++count}`),
): Promise<GuardedLedger> {
  const key = await readGuardKey(null, { stateDir, cwd: "/" });
  return { settings, schema, stateDir, key, publicKeys: [], signal };
}

type TestLedger = Awaited<ReturnType<typeof openTestLedger>>;

async function append(ledger: TestLedger, events: number): Promise<void> {
  await Promise.all(
    Array.from({ length: events }, (_, n) =>
      ledger.append({
        action: "drop.unattributed",
        details: { n },
        resourceType: "database",
        resourceId: `${n}`,
        actor: provisioner,
      }),
    ),
  );
}

const options = (facts: GuardFact[], more: Partial<KeepOptions> = {}): KeepOptions => ({
  everyMs: 3_600_000,
  everyEvents: 3_600_000,
  fullEveryMs: 3_600_000,
  witnesses: [],
  now: () => new Date(),
  tell: (fact) => void facts.push(fact),
  ...more,
});

async function lastCheckpoint({ stateDir }: GuardedLedger): Promise<string> {
  const [path] = await Array.fromAsync(new Bun.Glob("**/last.checkpoint").scan(stateDir));
  return readFileSync(join(stateDir, path!), "utf8");
}

/** As whoever owns the server may, with every guard out of the way. */
async function tamper(settings: ConnectionSettings, statements: string): Promise<void> {
  await run({ settings }, `begin; set local session_replication_role = replica; ${statements}; commit`);
}

describe("a ledger that is verified before it decides", () => {
  test("is clean, is signed, and is clean again from there on", async () => {
    await using database = await freshDatabase(cluster);
    await using ledger = await openTestLedger(database.settings);
    const place = await guarded(database.settings);
    expect(await verifyLedger(place)).toMatchObject({ rows: 0, anchoredRows: 0 });
    await append(ledger, 40);
    const first = await verifyLedger(place);
    expect(first).toMatchObject({ rows: 40, anchoredRows: 0, mark: { size: 40 } });
    const signed = await signLedger(place, { since: first.mark, witnesses: [] });
    expect(signed).toMatchObject({ size: 40, rootHash: first.rootHash });
    expect(await signLedger(place, { since: first.mark, witnesses: [] })).toBeNull();
    await append(ledger, 5);
    const from = await signLedger(place, { since: signed!.mark, witnesses: [] });
    expect(from).toMatchObject({ size: 45, mark: { size: 45 } });
    const second = await verifyLedger(place);
    expect(second).toMatchObject({ rows: 45, anchoredRows: 45, rootHash: from!.rootHash });
    // The key is custody's own, and nobody else's to read.
    expect((await stat(join(place.stateDir, "ledger.key"))).mode & 0o777).toBe(0o600);
    expect((await guarded(database.settings, place.stateDir)).key.vkey).toBe(place.key.vkey);
  });

  const changes: readonly (readonly [string, string])[] = [
    ["a changed event", "update audit_events set details = '{}' where seq = 3"],
    ["an event that was cut out", "delete from audit_events where seq = 3"],
    [
      "an end that was cut off, the head mended",
      `delete from audit_events where seq > 8;
       update audit_chain_head set seq = 8, row_hash = (select encode(row_hash, 'hex') from audit_events where seq = 8)`,
    ],
    ["everything removed", "delete from audit_events; update audit_chain_head set seq = 0, row_hash = ''"],
    ["a guard that was dropped", "drop trigger audit_events_stay on audit_events"],
  ];
  test.each(changes)("decides nothing after %s, and signs nothing", async (_what, statements) => {
    await using database = await freshDatabase(cluster);
    await using ledger = await openTestLedger(database.settings);
    const place = await guarded(database.settings);
    await append(ledger, 10);
    const { mark } = await verifyLedger(place);
    await signLedger(place, { since: null, witnesses: [] });
    const before = await lastCheckpoint(place);
    await tamper(database.settings, statements);
    expect(await verifyLedger(place).catch((error: unknown) => error)).toMatchObject({
      code: "chain-broken",
    });
    expect(
      await signLedger(place, { since: null, witnesses: [] }).catch((error: unknown) => error),
    ).toMatchObject({ code: "chain-broken" });
    expect(mark?.size).toBe(10);
    expect(await lastCheckpoint(place)).toBe(before);
  });

  test("is told from another that was put in its place", async () => {
    await using database = await freshDatabase(cluster);
    const place = await guarded(database.settings);
    {
      await using ledger = await openTestLedger(database.settings);
      await append(ledger, 3);
      await verifyLedger(place);
    }
    await run(database, "drop schema public cascade; create schema public");
    await using _other = await openTestLedger(database.settings);
    expect(await verifyLedger(place).catch((error: unknown) => error)).toMatchObject({
      code: "chain-changed",
    });
    const [known] = await readdir(join(place.stateDir, "ledgers"));
    await rm(join(place.stateDir, "ledgers", known!));
    expect(await verifyLedger(place)).toMatchObject({ rows: 0 });
  });
});

describe("checkpoints that are kept", () => {
  test("are signed after so many events, after so much time, and at the end", async () => {
    await using database = await freshDatabase(cluster);
    await using ledger = await openTestLedger(database.settings);
    const place = await guarded(database.settings);
    const facts: GuardFact[] = [];
    const sizes = (): readonly number[] =>
      facts.flatMap((each) => (each.type === "checkpoint-signed" ? [each.size] : []));
    {
      await using _kept = keepCheckpoints(
        place,
        await verifyLedger(place),
        options(facts, { everyEvents: 20 }),
      );
      await append(ledger, 25);
      await poll(async () => sizes().length === 1);
      await append(ledger, 3);
    }
    expect(sizes()).toEqual([25, 28]);
    {
      await using _kept = keepCheckpoints(
        place,
        await verifyLedger(place),
        options(facts, { everyMs: 100, fullEveryMs: 100 }),
      );
      await append(ledger, 2);
      await poll(async () => sizes().length === 3 && facts.some((each) => each.type === "ledger-verified"));
      // What was found is told, and signing stops.
      await tamper(database.settings, "update audit_events set details = '{}' where seq = 3");
      await poll(async () => facts.some((each) => each.type === "ledger-broken"));
      await append(ledger, 2);
    }
    expect(sizes()).toEqual([25, 28, 30]);
    expect(await lastCheckpoint(place)).toContain("\n30\n");
  }, 60_000);

  test("of two custodies with one state folder are one's at a time, and witnesses cosign them", async () => {
    await using database = await freshDatabase(cluster);
    await using ledger = await openTestLedger(database.settings);
    const own = await guarded(database.settings);
    const folder = join(base, "witness");
    await mkdir(folder);
    writeFileSync(join(folder, "log.pub"), `${own.key.vkey}\n`);
    await using witness = await startWitness(folder, [join(folder, "log.pub")]);
    const place = { ...own, publicKeys: [cosigner] };
    const facts: GuardFact[] = [];
    const more = { everyMs: 50, witnesses: [witness.url, "http://127.0.0.1:1"] };
    {
      const verified = await verifyLedger(place);
      await using _one = keepCheckpoints(place, verified, options(facts, more));
      await using _two = keepCheckpoints(place, verified, options(facts, more));
      for (let round = 0; round < 4; round += 1) {
        await append(ledger, 10);
        const signed = (round + 1) * 10;
        await poll(async () =>
          facts.some((each) => each.type === "checkpoint-signed" && each.size === signed),
        );
      }
    }
    expect(facts.filter((each) => !["checkpoint-signed", "witness-refused"].includes(each.type))).toEqual([]);
    for (const each of facts) {
      if (each.type === "checkpoint-signed") expect(each.witnessedBy).toEqual([new URL(witness.url).host]);
      if (each.type === "witness-refused") expect(each.error.code).toBe("witness-unreachable");
    }
    expect(openNote(await lastCheckpoint(place), [cosigner]).signedBy).toHaveLength(1);
    await using session = await connect(database.settings, { applicationName: "test" });
    expect([...(await session.sql`select count(*)::int as rows from audit_events`)]).toEqual([{ rows: 40 }]);
  }, 60_000);
});
