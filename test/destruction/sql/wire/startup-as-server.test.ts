import { beforeAll, expect, test } from "bun:test";
import { judgeStartupOptions } from "../../../../src/destruction/sql/wire/judge-startup-options.ts";
import { query } from "../../../../src/wire/postgres/write-client.ts";
import { run, startTestCluster } from "../../../support/cluster.ts";
import { rawClient } from "../../../support/raw-postgres.ts";

/** What parameters of a start make of a session, asked of the server itself: whatever they make of it has to be known before. */

const cluster = await startTestCluster(15);
const [host] = cluster.settings.hosts;
const path = `${host?.host}/.s.PGSQL.${host?.port}`;
const { user } = cluster.settings;

beforeAll(async () => {
  await run(cluster, "create role dba");
  await run(cluster, 'create role "d b\\a"');
});

/** What the server says the session is. */
async function sessionOf(parameters: Readonly<Record<string, string>>): Promise<string> {
  await using client = await rawClient({ path }, { user, database: "postgres", ...parameters });
  const settings = ["session_replication_role", "allow_system_table_mods"].map(
    (each) => `current_setting('${each}')`,
  );
  client.send(query(`select concat_ws(' ', current_user, ${settings.join(", ")})`));
  await client.ready(2);
  const row = client.answers.find(({ type }) => type === "D");
  return Buffer.from(row?.body ?? "")
    .subarray(6)
    .toString("utf8");
}

test.each<Readonly<Record<string, string>>>([
  { options: "-c role=dba" },
  { options: "-ecrole=dba" },
  { options: "-scrole=dba" },
  { options: "-eescrole=dba" },
  { options: "-e-role=dba" },
  { options: "-es-role=dba" },
  { options: "-ec role=dba" },
  { options: "-eO" },
  { options: "-sO" },
  { options: "-ecsession_replication_role=replica" },
  { options: "-S 100 -ecRole=dba" },
  { options: "-fi -ecrole=dba" },
  { options: "-d -1 -crole=dba" },
  { options: "-W 0 -e -s --role=dba" },
  { options: "\v\f-c\trole=dba" },
  { options: "-c role=d\\ b\\\\a" },
  { options: "-\\c ro\\le=dba" },
  { options: "-e", ROLE: "dba" },
  { options: "-S 100 -crole=dba" },
])("%j", async (parameters) => {
  expect(await sessionOf(parameters)).not.toBe(`${user} origin off`);
  const { roles, destructions } = judgeStartupOptions(
    new Map(Object.entries({ user, database: "postgres", ...parameters })),
  );
  expect(roles.length + destructions.length).toBeGreaterThan(0);
});

test("what only tunes is nothing", async () => {
  for (const options of ["-e -s", "-es", "-fi", "-f i", "-tpa", "-S 100", "-d 1"]) {
    expect(await sessionOf({ options })).toBe(`${user} origin off`);
    expect(judgeStartupOptions(new Map([["options", options]]))).toEqual({ destructions: [], roles: [] });
  }
});
