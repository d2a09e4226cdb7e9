import { expect, test } from "bun:test";
import { servingOf, until } from "../support/serving-processes.ts";
import { psql, startWirePostgres } from "../support/wire-postgres.ts";

const { env, scene } = await startWirePostgres({
  processes: 3,
  listeners: [{ name: "auditing", target: "clear", policy: [{ kinds: ["table"], action: "audit" }] }],
});
const ledger = env(null, { PGDATABASE: "ledger", PGUSER: "custodian" });
const tables = Array.from({ length: 80 }, (_, at) => `crash_${at}`);

test("with processes killed again and again nothing goes without its record, and every record says what became of it", async () => {
  await psql(env(null), tables.map((each) => `create table ${each} ();`).join("\n"));
  const left = [...tables];
  let isOver = false;
  const drop = async (): Promise<void> => {
    for (let name = left.shift(); name !== undefined; name = left.shift())
      await psql(env("auditing"), `drop table ${name};`);
  };
  const kill = async (): Promise<void> => {
    for (let round = 0; !isOver; round += 1) {
      const serving = servingOf(scene.proxy.pid);
      const victim = serving[round % serving.length];
      if (victim !== undefined) process.kill(victim, "SIGKILL");
      await until(() => isOver || servingOf(scene.proxy.pid).length === 2, "two others");
    }
  };
  const killing = kill();
  await Promise.all([drop(), drop(), drop(), drop()]);
  isOver = true;
  await killing;
  const killed = scene.proxy.events.filter(({ what }) => what === "a process ended").length;
  expect(killed).toBeGreaterThan(1);

  const open = "select count(*) from custody_drops where state in ('requested', 'started', 'unknown');";
  await until(async () => (await psql(ledger, open)).stdout === "0\n", "all of them are settled");
  const { stdout: there } = await psql(
    env(null),
    "select relname from pg_class where relname like 'crash\\_%' order by 1;",
  );
  const standing = new Set(there.split("\n"));
  const { stdout: recorded } = await psql(
    ledger,
    "select distinct provider_resource_id from custody_drops where outcome = 'ok' order by 1;",
  );
  const gone = tables.filter((each) => !standing.has(each));
  expect(
    recorded
      .split("\n")
      .filter((each) => each !== "")
      .toSorted(),
  ).toEqual(gone.toSorted());
  expect(gone.length).toBeGreaterThan(40);
}, 120_000);
