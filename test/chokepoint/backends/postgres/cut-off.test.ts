import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { HeldTarget } from "../../../../src/chokepoint/backend.ts";
import { OpsError } from "../../../../src/errors.ts";
import { startTestCluster } from "../../../support/cluster.ts";
import { startStatementCutter } from "../../../support/statement-cutter.ts";
import { ask, backendOf, never, permitOf, planDrop, testFolder } from "../../../support/postgres-target.ts";
import type { TestDrop } from "../../../support/postgres-target.ts";
import { describeTenant, makeTenant, tenantPassword } from "../../../support/tenant.ts";
import type { Tenant } from "../../../support/tenant.ts";

const cluster = await startTestCluster(15);
const { settings } = cluster;
const proxy = await startStatementCutter(settings);
const direct = backendOf(settings);
const folder = await testFolder();

type Step = (held: HeldTarget, drop: Pick<TestDrop, "dropId" | "plan" | "undoOptions">) => Promise<unknown>;

const fence: Step = (held, { dropId, plan }) => held.fence(permitOf(dropId), plan, { force: false });
const destroy: Step = (held, { dropId, plan }) => held.destroyResource(permitOf(dropId), plan);
const undoFence: Step = (held, { dropId, plan }) =>
  held.undo(
    permitOf(dropId),
    plan,
    { kind: "fence", folder: null },
    { as: null, progress: () => undefined, signal: never },
  );
const undoTombstone: Step = (held, { dropId, plan, undoOptions }) =>
  held.undo(permitOf(dropId), plan, { kind: "tombstone", folder: join(folder, dropId) }, undoOptions());

let count = 0;

async function newDrop(): Promise<{
  readonly drop: TestDrop;
  readonly tenant: Tenant;
  readonly before: unknown;
}> {
  const tenant = { database: `db_${++count}`, role: `usr_${count}` };
  await makeTenant(settings, tenant);
  const before = await describeTenant(settings, tenant);
  const drop = await planDrop(direct, { type: "postgres", names: tenant });
  return { drop, tenant, before };
}

/** The step through the proxy, cut at a statement; whether it was. What it fails with is an expected failure. */
async function cutOff(
  drop: TestDrop,
  tenant: Tenant,
  step: Step,
  at: number,
  when: "before" | "after",
): Promise<boolean> {
  proxy.cutAt(at, when);
  const failure: unknown = await (async () => {
    await using held = await backendOf(proxy.settings).hold(
      drop.dropId,
      { type: "postgres", names: tenant },
      never,
    );
    await step(held, drop);
  })().then(
    () => null,
    (error: unknown) => error,
  );
  if (proxy.isCut && failure !== null) {
    expect(failure).toBeInstanceOf(OpsError);
    expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toContain(tenantPassword);
  }
  if (!proxy.isCut) expect(failure).toBeNull();
  return proxy.isCut;
}

/** Every other statement, each kind of cut the ones that the other leaves out; with --full all. */
const stride = process.env["CUSTODY_TEST_FULL"] === undefined ? 2 : 1;

describe.each(["before", "after"] as const)("cut off %s each statement, and begun again", (when) => {
  test("a fence is whole", async () => {
    for (let at = when === "before" ? 1 : stride; ; at += stride) {
      const { drop, tenant, before } = await newDrop();
      const isCut = await cutOff(drop, tenant, fence, at, when);
      const { standing } = await drop.hold((held) => held.standing(drop.plan));
      expect(["intact", "fenced", "fencing"]).toContain(standing);
      if (standing === "intact") expect(await describeTenant(settings, tenant)).toEqual(before);
      await drop.fence();
      expect(await drop.hold((held) => held.standing(drop.plan))).toMatchObject({ standing: "fenced" });
      await drop.hold((held) => destroy(held, drop));
      if (!isCut) break;
      expect(at).toBeLessThan(100);
    }
  });

  test("an undo from the fence is whole", async () => {
    for (let at = when === "before" ? 1 : stride; ; at += stride) {
      const { drop, tenant, before } = await newDrop();
      await drop.fence();
      const isCut = await cutOff(drop, tenant, undoFence, at, when);
      await drop.hold((held) => undoFence(held, drop));
      expect(await describeTenant(settings, tenant)).toEqual(before);
      await ask(settings, `drop database ${tenant.database}`, `drop role ${tenant.role}`);
      if (!isCut) break;
      expect(at).toBeLessThan(150);
    }
  });

  test("a destruction is whole, of a fence or of what never had one", async () => {
    for (let at = when === "before" ? 1 : stride; ; at += stride) {
      const { drop, tenant } = await newDrop();
      if (at % 4 >= 2) await drop.fence();
      const isCut = await cutOff(drop, tenant, destroy, at, when);
      await drop.hold((held) => destroy(held, drop));
      expect(await drop.hold((held) => held.standing(drop.plan))).toMatchObject({ standing: "gone" });
      if (!isCut) break;
      expect(at).toBeLessThan(100);
    }
  });
});

test("an undo from the tombstone is whole, wherever it was cut off", async () => {
  const { drop, tenant, before } = await newDrop();
  await drop.fence();
  await drop.hold((held) => held.makeTombstone(drop.plan, join(folder, drop.dropId), () => undefined, never));
  await drop.hold((held) => destroy(held, drop));
  proxy.cutAt(Infinity, "before");
  expect(await cutOff(drop, tenant, undoTombstone, Infinity, "before")).toBe(false);
  const { count: all } = proxy;
  const places = Array.from({ length: 12 }, (_, index) => Math.round(((index + 1) * all) / 13));
  for (const at of [...places, ...Array.from({ length: 8 }, (_, index) => all - index)]) {
    await ask(settings, `drop database ${tenant.database}`, `drop role ${tenant.role}`);
    await cutOff(drop, tenant, undoTombstone, at, at % 2 === 0 ? "before" : "after");
    const isNamed = await writeWhereNamed(tenant);
    await drop.hold((held) => undoTombstone(held, drop));
    // What a client wrote before anybody knew that it was back is neither in the way nor lost.
    const written = await ask(
      { ...settings, database: tenant.database },
      "select to_regclass('public.written') as table",
    );
    expect(written).toEqual([{ table: isNamed ? "written" : null }]);
    expect(await describeTenant(settings, tenant)).toEqual(before);
    const left = await ask(settings, "select datname from pg_database where datname like 'custody%'");
    expect(left).toEqual([]);
  }
}, 180_000);

/** A client that finds its database writes at once. */
async function writeWhereNamed({ database }: Tenant): Promise<boolean> {
  const there = await ask(settings, `select from pg_database where datname = '${database}'`);
  if (there.length > 0) await ask({ ...settings, database }, "create table public.written (id integer)");
  return there.length > 0;
}
