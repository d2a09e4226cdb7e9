import { afterAll, expect, test } from "bun:test";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { join } from "node:path";
import { OpsError } from "../../../../src/errors.ts";
import { TargetRefused } from "../../../../src/chokepoint/target-refusal.ts";
import { connect } from "../../../../src/postgres/connect.ts";
import { quoteIdentifier } from "../../../../src/postgres/identifiers.ts";
import { startTestCluster, testTools } from "../../../support/cluster.ts";
import { poll } from "../../../support/server-process.ts";
import { ask, backendOf, never, permitOf, planDrop, testFolder } from "../../../support/postgres-target.ts";
import { readFingerprint } from "../../../support/rich-database.ts";
import { describeTenant, makeTenant } from "../../../support/tenant.ts";

const cluster = await startTestCluster(15);
const { settings } = cluster;
const backend = backendOf(settings);
const folder = await testFolder();

async function failureOf(work: Promise<unknown>): Promise<OpsError> {
  const outcome: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(OpsError);
  return outcome as OpsError;
}

test("who bore the drop's name is ended, stopped or not, before the lock is taken", async () => {
  const tenant = { database: "db_rival", role: "usr_rival" };
  await makeTenant(settings, tenant);
  const dropId = crypto.randomUUID();
  const { binDir } = await testTools();
  const [host] = settings.hosts;
  // Asks for more than any buffer holds, and stops: its backend waits for a reader that never comes.
  const rival = Bun.spawn(
    [
      join(binDir, "psql"),
      "-h",
      host!.host,
      "-p",
      String(host!.port),
      "-U",
      settings.user,
      "-d",
      "postgres",
      "-c",
      "copy (select repeat('x', 1000) from generate_series(1, 1000000)) to stdout",
    ],
    { env: { PGAPPNAME: `custody:${dropId}` }, stdout: "pipe", stderr: "ignore" },
  );
  const isThere = async (): Promise<boolean> =>
    (await ask(settings, `select from pg_stat_activity where application_name = 'custody:${dropId}'`))
      .length > 0;
  await poll(isThere);
  process.kill(rival.pid, "SIGSTOP");
  afterAll(() => rival.kill("SIGKILL"));
  await using held = await backend.hold(dropId, { type: "postgres", names: tenant }, never);
  const left = await ask(
    settings,
    `select from pg_stat_activity where application_name = 'custody:${dropId}' and query like 'copy%'`,
  );
  expect(left).toEqual([]);
  expect(held.lost.aborted).toBe(false);
  rival.kill("SIGKILL");
  await rival.exited;
});

test("one drop holds a resource at a time; who takes it over ends the other", async () => {
  const names = { database: "db_lock", role: "usr_lock" };
  await makeTenant(settings, names);
  const [one, other] = [crypto.randomUUID(), crypto.randomUUID()];
  const first = await backend.hold(one, { type: "postgres", names }, never);
  expect(await failureOf(backend.hold(other, { type: "postgres", names }, never))).toMatchObject({
    code: "state-in-use",
  });
  expect(
    await failureOf(backend.hold(other, { type: "role", names: { role: names.role } }, never)),
  ).toMatchObject({ code: "state-in-use" });
  const lost = Promise.withResolvers<void>();
  first.lost.addEventListener("abort", () => lost.resolve());
  const second = await backend.hold(one, { type: "postgres", names }, never);
  await lost.promise;
  const { identity } = await backend.inspect({ type: "postgres", names }, { force: false, signal: never });
  expect(await failureOf(first.planFence({ type: "postgres", names }, identity))).toMatchObject({
    code: "connection-lost",
  });
  const plan = await second.planFence({ type: "postgres", names }, identity);
  expect(await failureOf(first.fence(permitOf(one), plan, { force: false }))).toMatchObject({
    code: "connection-lost",
  });
  await second[Symbol.asyncDispose]();
  await first[Symbol.asyncDispose]();
  await using third = await backend.hold(other, { type: "postgres", names }, never);
  expect(await third.standing(plan)).toMatchObject({ standing: "intact" });
});

test("a plan of another server does nothing here, although an oid and a name of it are here", async () => {
  const names = { database: "db_moved", role: "usr_moved" };
  await makeTenant(settings, names);
  const drop = await planDrop(backend, { type: "postgres", names });
  const before = await describeTenant(settings, names);
  const plan = { ...drop.plan, identity: { ...drop.plan.identity, systemIdentifier: "7000000000000000001" } };
  const options = { as: null, progress: () => undefined, signal: never };
  const permit = permitOf(drop.dropId);
  const elsewhere = { code: "unsupported-server" };
  await drop.hold(async (held) => {
    expect(await failureOf(held.standing(plan))).toMatchObject(elsewhere);
    expect(await failureOf(held.fence(permit, plan, { force: true }))).toMatchObject(elsewhere);
    expect(await failureOf(held.destroyResource(permit, plan))).toMatchObject(elsewhere);
    const fence = { kind: "fence", folder: null } as const;
    expect(await failureOf(held.undo(permit, plan, fence, options))).toMatchObject(elsewhere);
  });
  expect(await describeTenant(settings, names)).toEqual(before);
});

test("what acts needs a permit that was recorded", async () => {
  const names = { database: "db_permit", role: "usr_permit" };
  await makeTenant(settings, names);
  const drop = await planDrop(backend, { type: "postgres", names });
  const made = { dropId: drop.dropId, event: "drop.started", epoch: 1 } as never;
  await drop.hold(async (held) => {
    expect(() => held.fence(made, drop.plan, { force: false })).toThrow("without a recorded decision");
    expect(() => held.destroyResource(made, drop.plan)).toThrow("without a recorded decision");
  });
});

test("a database in use is fenced by force alone, however fast its clients come back", async () => {
  const names = { database: "db_busy", role: "usr_busy" };
  await makeTenant(settings, names);
  const drop = await planDrop(backend, { type: "postgres", names });
  let isOver = false;
  let came = 0;
  const client = async (user: string): Promise<void> => {
    while (!isOver) {
      try {
        await using session = await connect(
          { ...settings, user, database: names.database },
          { applicationName: "pool" },
        );
        came += 1;
        for (;;) await session.sql.unsafe("select count(*) from app.customer, pg_sleep(0.001)");
      } catch (error) {
        if (isOver) return;
        if (!(error instanceof Error)) throw error;
      }
    }
  };
  // Superusers are kept out neither by privileges nor by a limit.
  const clients = [settings.user, settings.user, names.role, names.role].map(client);
  await poll(() => Promise.resolve(came >= 4));
  const refused = await failureOf(drop.fence(false));
  expect(refused).toBeInstanceOf(TargetRefused);
  expect((refused as TargetRefused).refusal).toMatchObject({
    code: "55006",
    message: 'database "db_busy" is being accessed by other users',
    isPassing: true,
  });
  expect(await drop.hold((held) => held.standing(drop.plan))).toMatchObject({ standing: "intact" });
  const before = performance.now();
  await drop.fence(true);
  expect(performance.now() - before).toBeLessThan(5000);
  expect(await drop.hold((held) => held.standing(drop.plan))).toMatchObject({ standing: "fenced" });
  expect(
    await ask(settings, "select from pg_stat_activity where usename = 'usr_busy' or datname like 'custody%'"),
  ).toEqual([]);
  isOver = true;
  await Promise.all(clients);
  await drop.undo({ kind: "fence", folder: null });
});

test("a name that is in use again is not taken: another is given", async () => {
  const names = { database: "db_again", role: "usr_again" };
  await makeTenant(settings, names);
  const before = await describeTenant(settings, names);
  const drop = await planDrop(backend, { type: "postgres", names });
  await drop.fence();
  await ask(settings, "create role usr_again login", "create database db_again owner usr_again");
  await ask({ ...settings, database: "db_again" }, "create table new_one (n int)");
  expect(await failureOf(drop.undo({ kind: "fence", folder: null }))).toMatchObject({ code: "name-in-use" });
  expect(await drop.hold((held) => held.standing(drop.plan))).toMatchObject({ standing: "fenced" });
  const undone = await drop.undo({ kind: "fence", folder: null }, "db_again_old");
  expect(undone.names).toEqual({ database: "db_again_old", role: "db_again_old" });
  expect(await ask({ ...settings, database: "db_again" }, "select count(*)::int as n from new_one")).toEqual([
    { n: 0 },
  ]);
  expect(
    await ask({ ...settings, database: "db_again_old" }, "select count(*)::int as n from app.customer"),
  ).toEqual([{ n: 500 }]);
  await ask(
    settings,
    "drop database db_again",
    "drop role usr_again",
    "alter database db_again_old rename to db_again",
    "alter role db_again_old rename to usr_again",
  );
  expect(await describeTenant(settings, names)).toEqual(before);
});

test("a name that is another's by now is neither fenced nor dropped", async () => {
  const names = { database: "db_swapped", role: "usr_swapped" };
  await makeTenant(settings, names);
  const drop = await planDrop(backend, { type: "postgres", names });
  await ask(settings, "alter database db_swapped rename to db_elsewhere", "create database db_swapped");
  expect(await failureOf(drop.fence(true))).toBeInstanceOf(TargetRefused);
  expect(
    await failureOf(drop.hold((held) => held.destroyResource(permitOf(drop.dropId), drop.plan))),
  ).toBeInstanceOf(OpsError);
  const there = await ask(
    settings,
    "select datname from pg_database where datname in ('db_swapped', 'db_elsewhere')",
  );
  expect(there).toHaveLength(2);
});

test("a drop that was cut off half-way can only go on", async () => {
  await ask(settings, "create database db_half");
  const drop = await planDrop(backendOf(settings, "off"), {
    type: "database",
    names: { database: "db_half" },
  });
  await ask(settings, "update pg_database set datconnlimit = -2 where datname = 'db_half'");
  const { refusals } = await backend.inspect(
    { type: "database", names: { database: "db_half" } },
    { force: true, signal: never },
  );
  expect(refusals).toMatchObject([{ code: "55000" }]);
  expect(await drop.hold((held) => held.standing(drop.plan))).toMatchObject({ standing: "half-destroyed" });
  const gone = await drop.hold((held) => held.destroyResource(permitOf(drop.dropId), drop.plan));
  expect(gone).toMatchObject({ standing: "gone" });
});

const hostile = [
  `db_"quoted" 'it''s'`,
  "db_line\nbreak; drop database postgres; --",
  "db_$(touch /tmp/owned)`id`",
  `db_${"é".repeat(30)}`,
  "db_\\ %s {token} host=x user=y",
];

test.each(hostile)("a hostile name: %j", async (name) => {
  const tenant = { database: name, role: name.replace("db_", "u_") };
  await makeTenant(settings, tenant);
  await using session = await connect({ ...settings, database: name }, { applicationName: "test" });
  const print = await readFingerprint(session);
  await session[Symbol.asyncDispose]();
  const before = await describeTenant(settings, tenant);
  const drop = await planDrop(backend, { type: "postgres", names: tenant });
  await drop.fence();
  const place = join(folder, drop.dropId);
  await drop.hold((held) => held.makeTombstone(drop.plan, place, () => undefined, never));
  await drop.hold((held) => held.destroyResource(permitOf(drop.dropId), drop.plan));
  const undone = await drop.undo({ kind: "tombstone", folder: place });
  expect(undone).toMatchObject({ names: tenant, notes: [], proof: { isEqual: true } });
  expect(await describeTenant(settings, tenant)).toEqual(before);
  await using again = await connect({ ...settings, database: name }, { applicationName: "test" });
  expect((await readFingerprint(again)).tables).toEqual(print.tables);
  expect(await promisify(execFile)("ls", ["/tmp"]).then(({ stdout }) => stdout)).not.toContain("owned");
  await again[Symbol.asyncDispose]();
  await ask(settings, `drop database ${quoteIdentifier(name)}`, `drop role ${quoteIdentifier(tenant.role)}`);
});
