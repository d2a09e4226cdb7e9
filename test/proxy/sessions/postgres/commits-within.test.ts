import { beforeAll, expect, test } from "bun:test";
import type { Settled } from "../../../../src/proxy/sessions/ports.ts";
import { query } from "../../../../src/wire/postgres/write-client.ts";
import { runOnce, sync } from "../../../support/client-messages.ts";
import { run, startTestCluster } from "../../../support/cluster.ts";
import { askBothWays } from "../../../support/postgres-conversation.ts";

/** What commits or rolls back on its way, in a body of its own: the server's last word is not the end of all that it did. */

const cluster = await startTestCluster(15);
const { withClient, rows } = askBothWays(cluster);

beforeAll(async () => {
  await run(
    cluster,
    `create table t (a int);
     create procedure half() language plpgsql as $$ begin truncate t; commit; perform 1 / 0; end $$;
     create procedure whole() language plpgsql as $$ begin truncate t; commit; end $$`,
  );
});

const cases: readonly (readonly [text: string, outcome: Settled["outcome"], rowsLeft: number])[] = [
  ["do $$ begin truncate t; commit; perform 1 / 0; end $$", "unknown", 0],
  ["do $$ begin if true then truncate t; end if; commit and chain; perform 1 / 0; end $$", "unknown", 0],
  ["do $$ begin truncate t; perform 1 / 0; end $$", "error", 1],
  ["do $$ begin truncate t; rollback; end $$", "unknown", 1],
  ["do $$ begin truncate t; commit; end $$", "ok", 0],
  ["call half()", "unknown", 0],
  ["call whole()", "ok", 0],
  ["do $$ begin call half(); end $$", "unknown", 0],
];

test.each(cases)("%s is %s", async (text, outcome, rowsLeft) => {
  for (const sent of [query(text), Buffer.concat([...runOnce(text), sync])]) {
    await run(cluster, "truncate t; insert into t values (1)");
    await withClient(
      () => "forward",
      async (client, decider) => {
        client.send(sent);
        await client.ready(2);
        expect(decider.settled.map((each) => each.outcome)).toEqual([outcome]);
      },
    );
    expect(await rows("select from t")).toHaveLength(rowsLeft);
  }
});

test("what stands before it in its pipeline may be committed by it", async () => {
  await run(cluster, "truncate t; insert into t values (1)");
  await withClient(
    () => "forward",
    async (client, decider) => {
      client.send(Buffer.concat([...runOnce("delete from t where true"), ...runOnce("call half()"), sync]));
      await client.ready(2);
      expect(decider.settled.map((each) => each.outcome)).toEqual(["unknown", "unknown"]);
    },
  );
  expect(await rows("select from t")).toHaveLength(0);
});

test("within a transaction nothing of it can commit", async () => {
  await run(cluster, "truncate t; insert into t values (1)");
  await withClient(
    () => "forward",
    async (client, decider) => {
      client.send(query("begin"));
      client.send(query("call half()"));
      client.send(query("rollback"));
      await client.ready(4);
      expect(decider.settled.map((each) => each.outcome)).toEqual(["error"]);
    },
  );
  expect(await rows("select from t")).toHaveLength(1);
});
