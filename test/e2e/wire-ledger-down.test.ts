import { expect, test } from "bun:test";
import { run, startTestCluster } from "../support/cluster.ts";
import { openPsql } from "../support/psql-session.ts";
import { dsnOf } from "../support/run-custody.ts";
import { psql, startWirePostgres } from "../support/wire-postgres.ts";

const records = await startTestCluster(15);
await run(records, "create database custody");
const { env } = await startWirePostgres({
  ledger: dsnOf({ ...records.settings, database: "custody" }),
  listeners: [{ name: "free", target: "clear", policy: [{ kinds: ["table"], action: "pass" }] }],
});

test("without its ledger custody refuses what destroys, and everything else flows", async () => {
  await using client = openPsql(env("plain"), ["-v", "VERBOSITY=verbose"]);
  client.send("create table kept (id int);\ncreate table gone (id int);\ndrop table gone;\nselect 'ready';");
  await client.said(/^ready\n/m);
  await records.stop();
  client.send("select 'flows';\ninsert into kept values (1);\ndrop table kept;\nselect count(*) from kept;");
  await client.said(/^flows\n/m);
  await client.said(/ERROR: {2}42501: custody refuses it: /);
  await client.said(/DETAIL: {2}nothing was recorded, and nothing was done\n/);
  await client.said(/^1\n/m);
  const fresh = await psql(
    env("tls", { PGSSLMODE: "require", PGCHANNELBINDING: "disable" }),
    "table kept;\ntruncate kept;\ntable kept;",
  );
  expect([fresh.code, fresh.stdout]).toEqual([0, "1\n1\n"]);
  expect(fresh.stderr).toContain("custody refuses it");
  // What the policy lets pass asks for no record.
  const free = await psql(env("free"), "drop table kept;\nselect to_regclass('kept') is null;");
  expect([free.code, free.stdout, free.stderr]).toEqual([0, "t\n", ""]);
});
