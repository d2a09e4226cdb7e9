import { beforeAll, expect, test } from "bun:test";
import { parse, query } from "../../../../src/wire/postgres/write-client.ts";
import { client as types } from "../../../../src/wire/postgres/message-types.ts";
import { message } from "../../../../src/wire/postgres/write-server.ts";
import { bind, execute, sync } from "../../../support/client-messages.ts";
import { run, startTestCluster } from "../../../support/cluster.ts";
import { askBothWays, errorsOf } from "../../../support/postgres-conversation.ts";
import { typesSince } from "../../../support/raw-postgres.ts";
import { denial, scriptedDecider } from "../../../support/told-outcomes.ts";
import type { Script } from "../../../support/told-outcomes.ts";

const cluster = await startTestCluster(15);
const { withClient, startProxy, roles } = askBothWays(cluster);

beforeAll(async () => {
  await run(cluster, "create table t (a int)");
});

const deny: Script = () => denial;

test("a NUL in a text is refused, and the session lives", async () => {
  await withClient(deny, async (client) => {
    client.send(message(types.query, Buffer.from("select 1\0; drop role x\0")));
    await client.ready(2);
    client.send(message(types.query, Buffer.from("no end")));
    await client.ready(3);
    client.send(query("select 1"));
    await client.ready(4);
    expect(errorsOf(client).map((each) => /C(\w+)/.exec(each)?.[1])).toEqual(["08P01", "08P01"]);
  });
});

test("a destruction at the end of a message that is too long to be read whole is spoilt: nothing of it is executed", async () => {
  await run(cluster, "create role r_long; truncate t");
  await withClient(deny, async (client) => {
    const long = `insert into t values ${"(1),".repeat(400_000)}(1)`;
    client.send(query(`${long}; drop role r_long`));
    await client.ready(2);
    expect(errorsOf(client)[0]).toContain("too long to be read whole");
    client.send(Buffer.concat([parse("", `${long}; drop role r_long`), bind("", ""), execute(""), sync]));
    await client.ready(3);
    expect(errorsOf(client)).toHaveLength(2);
    client.send(query(long));
    await client.ready(4);
    expect(client.answers.at(-2)?.body.toString()).toBe("INSERT 0 400001\0");
  });
  expect(await roles()).toEqual(["r_long"]);
  await run(cluster, "drop role r_long");
});

test("a conversation cut at every byte is decided on in the same way", async () => {
  const conversation = Buffer.concat([
    query("select 1"),
    parse("s", "drop role r_cut"),
    bind("", "s"),
    execute(""),
    sync,
    query("drop role r_cut"),
    query("select 2"),
  ]);
  const decider = scriptedDecider(deny);
  await using proxy = await startProxy(decider);
  for (let at = 1; at < conversation.length; at += 1) {
    await using client = await proxy.connect();
    const from = client.answers.length;
    client.socket.setNoDelay(true);
    client.send(conversation.subarray(0, at));
    await new Promise((resolve) => setImmediate(resolve));
    client.send(conversation.subarray(at));
    await client.ready(5);
    expect(typesSince(client, from)).toBe("TDCZ12EZEZTDCZ");
  }
  expect(decider.sightings).toHaveLength(2 * (conversation.length - 1));
});

test("what a text prepares and runs by itself is decided on, whatever the name meant before", async () => {
  await withClient(deny, async (client, decider) => {
    client.send(query("prepare p as select 1"));
    client.send(query("deallocate p; prepare p as delete from t; execute p"));
    await client.ready(3);
    expect(decider.sightings[0]?.destructions).toMatchObject([{ kind: "unbounded-delete", names: ["t"] }]);
    client.send(query("execute p"));
    await client.ready(4);
    expect(decider.sightings).toHaveLength(1);
  });
});

test("a role that is taken on at the end of a message that is too long to be read whole is refused with it", async () => {
  await withClient(deny, async (client) => {
    client.send(query(`select ${"1,".repeat(600_000)}1; set role postgres`));
    await client.ready(2);
    expect(errorsOf(client)[0]).toContain("too long to be read whole");
  });
});

test("a Bind behind a Close that an error skipped says nothing of the next one", async () => {
  await withClient(deny, async (client, decider) => {
    client.send(Buffer.concat([parse("s1", "drop role r_x"), sync]));
    const close = message(types.close, Buffer.from("Ss1\0"));
    client.send(
      Buffer.concat([bind("", "nowhere"), close, bind("", "s1"), sync, bind("", "s1"), execute(""), sync]),
    );
    await client.ready(4);
    expect(decider.sightings).toHaveLength(1);
    expect(errorsOf(client).at(-1)).toContain("denied by the test");
  });
});
