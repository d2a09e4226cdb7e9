import { beforeAll, expect, test } from "bun:test";
import { parse, query } from "../../../../src/wire/postgres/write-client.ts";
import { client as types } from "../../../../src/wire/postgres/message-types.ts";
import { message } from "../../../../src/wire/postgres/write-server.ts";
import { bind, execute, runOnce, sync } from "../../../support/client-messages.ts";
import { run, startTestCluster } from "../../../support/cluster.ts";
import { askBothWays, errorsOf } from "../../../support/postgres-conversation.ts";
import { typesSince } from "../../../support/raw-postgres.ts";
import { denial, scriptedDecider } from "../../../support/told-outcomes.ts";
import type { Script } from "../../../support/told-outcomes.ts";

const cluster = await startTestCluster(15);
const { withClient, startProxy, roles, rows } = askBothWays(cluster);

beforeAll(async () => {
  await run(cluster, "create table t (a int)");
});

const deny: Script = () => denial;

test("a denial in the middle of a pipeline: earlier answers in order, one error, the rest skipped, one ReadyForQuery a Sync", async () => {
  await run(cluster, "create role r_one");
  await withClient(deny, async (client) => {
    const from = client.answers.length;
    client.send(
      Buffer.concat([
        ...runOnce("select 1"),
        ...runOnce("drop role r_one"),
        ...runOnce("select 2"),
        sync,
        ...runOnce("select 3"),
        sync,
      ]),
    );
    await client.ready(3);
    expect(typesSince(client, from)).toBe("12DC12EZ12DCZ");
    expect(errorsOf(client)[0]).toContain("C42501\0Mdenied by the test\0Drecorded as drop d-1\0Hask\0");
  });
  expect(await roles()).toEqual(["r_one"]);
  await run(cluster, "drop role r_one");
});

test("a denial inside of a transaction rolls the server back, too, and its state says so", async () => {
  await withClient(deny, async (client) => {
    client.send(query("begin; insert into t values (1)"));
    await client.ready(2);
    client.send(query("drop role nobody"));
    await client.ready(3);
    expect(client.answers.at(-1)?.body.toString()).toBe("E");
    client.send(query("commit"));
    await client.ready(4);
    expect(client.answers.at(-2)?.body.toString()).toBe("ROLLBACK\0");
    expect(await rows("select from t")).toHaveLength(0);
  });
});

test("Parse and Describe of a DROP are no drop; each Execute is one, and the name is closed when the server says so", async () => {
  await withClient(deny, async (client, decider) => {
    client.send(
      Buffer.concat([parse("s1", "drop role r_two"), message(types.describe, Buffer.from("Ss1\0")), sync]),
    );
    await client.ready(2);
    expect(decider.sightings).toHaveLength(0);
    for (const count of [3, 4]) {
      client.send(Buffer.concat([bind("p", "s1"), execute("p"), sync]));
      await client.ready(count);
    }
    expect(decider.sightings).toHaveLength(2);
    client.send(
      Buffer.concat([
        message(types.close, Buffer.from("Ss1\0")),
        parse("s1", "select 1"),
        bind("", "s1"),
        execute(""),
        sync,
      ]),
    );
    await client.ready(5);
    expect(decider.sightings).toHaveLength(2);
  });
});

test("what an error skips does not happen: a Close that was skipped closes nothing, a Parse that was skipped replaces nothing", async () => {
  await withClient(deny, async (client, decider) => {
    client.send(Buffer.concat([parse("s1", "drop role r_two"), sync]));
    client.send(
      Buffer.concat([
        parse("", "no sql at all"),
        message(types.close, Buffer.from("Ss1\0")),
        parse("s1", "select 1"),
        sync,
      ]),
    );
    await client.ready(3);
    client.send(Buffer.concat([bind("", "s1"), execute(""), sync]));
    await client.ready(4);
    expect(decider.sightings).toHaveLength(1);
    expect(errorsOf(client).at(-1)).toContain("denied by the test");
  });
});

test("a statement that nobody prepared here is decided on, not guessed", async () => {
  await withClient(deny, async (client, decider) => {
    client.send(Buffer.concat([bind("", "elsewhere"), execute(""), sync]));
    await client.ready(2);
    expect(decider.sightings[0]?.destructions).toMatchObject([{ kind: "opaque", names: ["elsewhere"] }]);
  });
});

test("the fast path calls large objects and nothing else unasked", async () => {
  const call = (oid: number, ...args: readonly number[]): Uint8Array => {
    const body = Buffer.alloc(8 + args.length * 8 + 2 + 2);
    body.writeInt32BE(oid);
    body.writeInt16BE(1, 4);
    body.writeInt16BE(1, 6);
    let at = 8;
    body.writeInt16BE(args.length, at);
    at += 2;
    for (const arg of args) {
      body.writeInt32BE(4, at);
      body.writeInt32BE(arg, at + 4);
      at += 8;
    }
    body.writeInt16BE(1, at);
    return message(types.functionCall, body);
  };
  await withClient(deny, async (client, decider) => {
    const from = client.answers.length;
    client.send(call(957, -1));
    await client.ready(2);
    expect(typesSince(client, from)).toBe("VZ");
    client.send(call(2621, 1));
    await client.ready(3);
    expect(decider.sightings[0]?.destructions).toMatchObject([
      { kind: "opaque", what: "FunctionCall", names: ["2621"] },
    ]);
    expect(typesSince(client, from)).toBe("VZEZ");
  });
});

test("what was let through is told as the server took it: at the end of its transaction", async () => {
  await run(cluster, "create role r_a; create role r_b; create role r_c");
  await withClient(
    () => "forward",
    async (client, decider) => {
      client.send(query("drop role r_a"));
      client.send(query("drop role r_none"));
      await client.ready(3);
      client.send(query("begin"));
      client.send(query("drop role r_b"));
      await client.ready(5);
      expect(decider.settled.map(({ outcome }) => outcome)).toEqual(["ok", "error"]);
      client.send(query("rollback"));
      await decider.untilSettled(3);
      client.send(Buffer.concat([...runOnce("drop role r_c"), ...runOnce("select 1/0"), sync]));
      await decider.untilSettled(4);
      client.send(query("begin"));
      client.send(query("drop role r_c"));
      client.send(query("commit"));
      await decider.untilSettled(5);
      expect(decider.settled.map(({ outcome }) => outcome)).toEqual([
        "ok",
        "error",
        "rolled_back",
        "rolled_back",
        "ok",
      ]);
      expect(decider.settled[1]?.error).toEqual({ code: "42704", message: 'role "r_none" does not exist' });
      expect(decider.sightings.map(({ isInTransaction, isAlone }) => [isInTransaction, isAlone])).toEqual([
        [false, true],
        [false, true],
        [true, false],
        [false, true],
        [true, false],
      ]);
    },
  );
  expect(await roles()).toEqual(["r_b"]);
  await run(cluster, "drop role r_b");
});

test("a statement that custody has done itself is answered in its place, simple and extended", async () => {
  await withClient(
    () => ({ kind: "done", dropId: "d", isNoop: false }),
    async (client) => {
      const from = client.answers.length;
      client.send(query("drop role r_x"));
      await client.ready(2);
      client.send(
        Buffer.concat([message(types.close, Buffer.from("Sother\0")), ...runOnce("drop role r_x"), sync]),
      );
      await client.ready(3);
      expect(typesSince(client, from)).toBe("CZ312CZ");
      const tags = client.answers.filter(({ type }) => type === "C").map(({ body }) => body.toString());
      expect(tags).toEqual(["DROP ROLE\0", "DROP ROLE\0"]);
    },
  );
});

test("of what was not there it is answered as the server would: an error, or a notice where the statement says IF EXISTS", async () => {
  await withClient(
    () => ({ kind: "done", dropId: "d", isNoop: true }),
    async (client) => {
      const from = client.answers.length;
      client.send(query("drop database db_none"));
      client.send(query("drop role if exists r_none"));
      client.send(Buffer.concat([...runOnce("drop schema s_none"), sync]));
      await client.ready(4);
      expect(
        client.answers
          .slice(from)
          .map(({ type }) => type)
          .join(""),
      ).toBe("EZNCZ12EZ");
      expect(errorsOf(client).map((each) => /C(\w+)\0M([^\0]*)/.exec(each)?.slice(1))).toEqual([
        ["3D000", 'database "db_none" does not exist'],
        ["3F000", 'schema "s_none" does not exist'],
      ]);
      expect(
        client.answers.some(
          ({ type, body }) => type === "N" && body.includes('Mrole "r_none" does not exist, skipping'),
        ),
      ).toBe(true);
    },
  );
});

test("while a statement is held its client is told, what comes behind it waits, and a client that goes away ends it", async () => {
  await run(cluster, "create role r_held");
  const release = Promise.withResolvers<"forward">();
  const decider = scriptedDecider(async (_, watch) => {
    watch.notice({ message: "held", detail: "drop d-1", hint: "custody drop approve d-1" });
    watch.signal.addEventListener("abort", () => release.resolve("forward"));
    return await release.promise;
  });
  await using proxy = await startProxy(decider);
  {
    await using client = await proxy.connect();
    client.send(Buffer.concat([query("select 1"), query("drop role r_held"), query("select 2")]));
    await client.until(() =>
      client.answers.some(({ type, body }) => type === "N" && body.includes("Mheld\0")),
    );
    expect(client.answers.filter(({ type }) => type === "Z")).toHaveLength(2);
  }
  await release.promise;
  await using check = await proxy.connect();
  check.send(query("select 1"));
  await check.ready(2);
  expect(await roles()).toEqual(["r_held"]);
  await run(cluster, "drop role r_held");
});

test("a COPY of the extended protocol as libpq sends it: what comes behind it is decided on, and nobody waits for ever", async () => {
  const done = message(types.copyDone, new Uint8Array(0));
  const data = message(types.copyData, Buffer.from("1\n"));
  await withClient(deny, async (client, decider) => {
    const from = client.answers.length;
    client.send(Buffer.concat([...runOnce("copy t from stdin"), sync]));
    await client.until(() => client.answers.some(({ type }) => type === "G"));
    client.send(Buffer.concat([data, done, sync, query("drop role nobody"), query("select 1")]));
    await client.ready(4);
    expect(typesSince(client, from)).toBe("12GCZEZTDCZ");
    expect(decider.sightings).toHaveLength(1);
  });
});
