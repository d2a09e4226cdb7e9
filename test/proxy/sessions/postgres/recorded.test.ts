import { beforeAll, describe, expect, test } from "bun:test";
import postgres from "postgres";
import { client as types } from "../../../../src/wire/postgres/message-types.ts";
import { message } from "../../../../src/wire/postgres/write-server.ts";
import { runOnce, sync } from "../../../support/client-messages.ts";
import { startTestCluster } from "../../../support/cluster.ts";
import { cutBytes, fuzzSeed } from "../../../support/fuzz-bytes.ts";
import { memoryClient } from "../../../support/memory-client.ts";
import { seeded } from "../../../support/mutate.ts";
import { relayBetween } from "../../../support/postgres-relay.ts";
import { rawClient } from "../../../support/raw-postgres.ts";
import { recordConversation, saidBy, takePipelinesApart } from "../../../support/record-conversation.ts";
import type { Replayed, Turn } from "../../../support/record-conversation.ts";
import { runProgram } from "../../../support/run-program.ts";
import { scriptedDecider } from "../../../support/told-outcomes.ts";

/** Conversations of real clients with a real server, replayed: however both sides' bytes arrive, the same is decided, told and sent. */

const cluster = await startTestCluster(15);
const [host] = cluster.settings.hosts;
const path = `${host?.host}/.s.PGSQL.${host?.port}`;
const user = cluster.settings.user;

const script = `
create table t (a int); create schema shop; create table shop.orders (a text);
begin; savepoint one; drop table t; rollback to one; truncate shop.orders; commit;
copy shop.orders from stdin;
drop database none
\\.
set standard_conforming_strings = off;
select '\\'; drop schema shop cascade; --';
drop table if exists nothing_of_that_name;
do $$ begin execute 'drop table ' || quote_ident('t'); end $$;
prepare p as delete from shop.orders; execute p; deallocate p;
begin; drop table shop.orders; select 1/0; rollback;
copy (select 'drop table t') to stdout;
drop schema shop cascade;
`;

async function talkAsPsql(port: number): Promise<void> {
  await runProgram(
    ["psql", "-Xq", "-h", "127.0.0.1", "-p", String(port), "-U", user, "-d", "postgres", "-f", "-"],
    {
      env: { PGSSLMODE: "disable", PGGSSENCMODE: "disable" },
      input: script,
    },
  );
}

async function talkAsPostgresJs(port: number): Promise<void> {
  const sql = postgres({ host: "127.0.0.1", port, user, database: "postgres", ssl: false, max: 1 });
  try {
    await sql`create table if not exists u (a int)`;
    for (const each of [1, 2, 3]) await sql`insert into u values (${each})`;
    await sql.begin(async (work) => {
      await work`delete from u`;
      await work`select ${"drop table u"}::text`;
    });
    await sql`truncate u`;
    await sql`drop table u`;
  } finally {
    await sql.end();
  }
}

/** A pipeline with an error in it, and what destroys before it and behind it. */
async function talkInPipelines(port: number): Promise<void> {
  await using client = await rawClient({ port }, { user, database: "postgres" });
  const cycles = [
    [runOnce("create table v (a int)"), runOnce("truncate v", "s")],
    [runOnce("drop table v"), runOnce("select 1/0"), runOnce("drop role nobody")],
    [[message(types.close, Buffer.from("Ss\0"))], runOnce("delete from v", "s"), runOnce("drop table v")],
  ];
  client.send(Buffer.concat(cycles.flatMap((parts) => [...parts.flat(), sync])));
  await client.ready(4);
  client.send(message(types.terminate, new Uint8Array(0)));
  await client.closed;
}

const clients = [
  { name: "psql", talk: talkAsPsql },
  { name: "postgres.js", talk: talkAsPostgresJs },
  { name: "a pipeline", talk: talkInPipelines },
] as const;

/** The start-up is the session's own; the relay has what follows. */
async function replay(
  turns: readonly Turn[],
  cut: (bytes: Buffer) => readonly Uint8Array[],
  isAtOnce = false,
): Promise<Replayed> {
  const [client, server] = [memoryClient(), memoryClient()];
  const decider = scriptedDecider(() => "forward");
  const warned: string[] = [];
  const relay = relayBetween(client.connection, server.connection, {
    decider,
    warned,
    wholeBytes: 1 << 20,
    messageBytes: 1 << 30,
  });
  let sent = 0;
  if (isAtOnce) for (const piece of cut(saidBy(turns, "client"))) client.send(piece);
  for (const { side, bytes } of turns) {
    if (side === "server" || !isAtOnce)
      for (const piece of cut(bytes)) (side === "client" ? client : server).send(piece);
    if (side === "server") continue;
    sent += bytes.length;
    // What is decided on is sent on as it is: all of it, before the server answers.
    await server.until((text) => text.length >= sent);
  }
  server.close();
  await relay.closed;
  return {
    sightings: decider.sightings,
    settled: decider.settled,
    toServer: await server.until(() => true),
    toClient: await client.until(() => true),
    warned,
  };
}

const whole = (bytes: Buffer): readonly Uint8Array[] => [bytes];

describe.each(clients)("$name", ({ name, talk }) => {
  let turns: readonly Turn[] = [];
  let expected: Replayed;

  beforeAll(async () => {
    const [startup, ...more] = await recordConversation(path, talk);
    expect(startup?.side).toBe("client");
    turns = takePipelinesApart(more);
    expected = await replay(turns, whole);
  });

  test("what was said goes through as it was, and what destroys is seen", () => {
    expect([expected.toServer, expected.toClient]).toEqual(
      (["client", "server"] as const).map((side) => saidBy(turns, side).toString("latin1")),
    );
    expect(expected.warned).toEqual([]);
    expect(expected.sightings.length).toBeGreaterThan(2);
    expect(expected.settled.length).toBe(expected.sightings.length);
  });

  test("cut at every place", async () => {
    const longest = Math.max(...turns.map(({ bytes }) => bytes.length));
    for (let at = 1; at < longest; at += 1) {
      const cut = await replay(turns, (bytes) => [bytes.subarray(0, at), bytes.subarray(at)]);
      expect({ at, ...cut }).toEqual({ at, ...expected });
    }
    console.log(`${name}: cut at each of ${longest} places of ${turns.length} turns`);
  }, 120_000);

  test("byte by byte, and in pieces of any length", async () => {
    expect(await replay(turns, (bytes) => Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)))).toEqual(
      expected,
    );
    const random = seeded(fuzzSeed);
    for (let turn = 0; turn < 200; turn += 1)
      expect({ turn, ...(await replay(turns, (bytes) => cutBytes(bytes, random))) }).toEqual({
        turn,
        ...expected,
      });
  }, 120_000);
});

test("a pipeline that comes at once, in pieces of any length, is decided on as if each cycle came by itself", async () => {
  const [, ...turns] = await recordConversation(path, talkInPipelines);
  const cycles = takePipelinesApart(turns);
  const expected = await replay(cycles, whole);
  expect(expected.sightings.length).toBeGreaterThan(4);
  expect(await replay(cycles, whole, true)).toEqual(expected);
  const random = seeded(fuzzSeed);
  for (let turn = 0; turn < 500; turn += 1)
    expect({ turn, ...(await replay(cycles, (bytes) => cutBytes(bytes, random), true)) }).toEqual({
      turn,
      ...expected,
    });
});
