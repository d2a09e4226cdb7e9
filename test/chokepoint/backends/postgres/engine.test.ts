import { expect, test } from "bun:test";
import { openTombstoneFiles } from "../../../../src/chokepoint/tombstone-files.ts";
import { startTestCluster } from "../../../support/cluster.ts";
import {
  createWorld,
  dropRequest,
  provisioner,
  startInstance,
  testPolicy,
  untilState,
} from "../../../support/engine.ts";
import { ask, backendOf, never, testFolder } from "../../../support/postgres-target.ts";
import { makeTenant } from "../../../support/tenant.ts";

const cluster = await startTestCluster(15);
const { settings } = cluster;
const dir = await testFolder();

/** One drop as far as the end of its retention, through the whole engine; `meanwhile` is what others do to its fence. */
async function endOfRetention(
  names: { database: string; role: string },
  meanwhile: (fence: string) => Promise<void>,
) {
  await makeTenant(settings, names);
  const world = createWorld();
  const policy = testPolicy({ tombstone: { dir, retention: "1s", keep: "10m" } });
  const tombstones = openTombstoneFiles({ env: process.env });
  await using one = startInstance(world, {
    name: names.role,
    policy,
    backend: backendOf(settings),
    tombstones,
  });
  const request = dropRequest({
    providerResourceId: names.database,
    intent: { names: { role: names.role } },
  });
  const answer = await one.chokepoint.request(request, provisioner, never);
  if (answer.kind !== "new") throw new Error(answer.kind);
  const done = await untilState(world, answer.drop.dropId, ["completed", "failed", "unproved", "refused"]);
  expect(done.state).toBe("completed");
  await meanwhile(done.plan?.fenceNames.database ?? "");
  world.now = new Date(world.now.getTime() + 1001);
  const { state } = await untilState(world, answer.drop.dropId, ["purged", "unproved"]);
  const left = await ask(
    settings,
    `select datname::text as name from pg_database where datname = '${names.database}'`,
  );
  return { state, left: left.map((row) => row["name"]) };
}

test("what is behind its fence is destroyed at the end of the retention", async () => {
  const names = { database: "db_over", role: "usr_over" };
  expect(await endOfRetention(names, () => Promise.resolve())).toEqual({ state: "purged", left: [] });
}, 60_000);

test("a database that somebody renamed back is not destroyed, although its role is behind the fence still", async () => {
  const names = { database: "db_back", role: "usr_back" };
  const back = async (fence: string): Promise<void> => {
    await ask(settings, `alter database "${fence}" rename to db_back`);
  };
  expect(await endOfRetention(names, back)).toEqual({ state: "unproved", left: ["db_back"] });
}, 60_000);
