import { expect, test } from "bun:test";
import { judgeSqlBytes } from "../../../../src/destruction/sql/wire/judge-sql-bytes.ts";
import type { Settled, WireDecider } from "../../../../src/proxy/sessions/ports.ts";
import { sqlParser } from "../../../../src/postgres/parse-sql.ts";
import { client as types } from "../../../../src/wire/postgres/message-types.ts";
import { closeStatement, flush, parse, query } from "../../../../src/wire/postgres/write-client.ts";
import { message } from "../../../../src/wire/postgres/write-server.ts";
import { bind, execute, sync } from "../../../support/client-messages.ts";
import { cutBytes, fuzzCount, fuzzSeed, mutateBytes } from "../../../support/fuzz-bytes.ts";
import { memoryClient } from "../../../support/memory-client.ts";
import { seeded } from "../../../support/mutate.ts";
import { serverModel } from "../../../support/postgres-model.ts";
import { relayBetween } from "../../../support/postgres-relay.ts";
import { denial } from "../../../support/told-outcomes.ts";

const reader = { parse: await sqlParser(), isAdmin: false, knownFunctions: null };
const state = { isStandardStrings: true, encoding: "UTF8" };

const describe = message(types.describe, Buffer.from("Ss\0"));

/** What a conversation is made of, by names that are used again and again. */
const queries: readonly Uint8Array[] = [
  query("select 1"),
  query("drop role x"),
  query(`select ${"1,".repeat(200)}1; drop role x`),
  query(`select ${"1,".repeat(200)}1`),
  query("prepare s as delete from t; execute s"),
  query("execute s"),
  query("deallocate s"),
  message(types.functionCall, Buffer.alloc(12)),
];
const extended: readonly Uint8Array[] = [
  parse("s", "drop role x"),
  parse("s", "select 1"),
  parse("", "drop role x"),
  parse("", "select 1"),
  parse("", `select ${"1,".repeat(200)}1; drop role x`),
  parse("t", "custody_denied_no_sql_at_all"),
  bind("", "s"),
  bind("p", "s"),
  bind("", ""),
  bind("p", "t"),
  execute(""),
  execute("p"),
  closeStatement("s"),
  message(types.close, Buffer.from("Pp\0")),
  describe,
  flush,
];

/** Turns of an attacker: each a step towards running one text under the name of another. */
const bad = parse("t", "custody_denied_no_sql_at_all");
const turns: readonly Uint8Array[] = [
  Buffer.concat([parse("s", "drop role x"), sync]),
  Buffer.concat([parse("", "drop role x"), sync]),
  Buffer.concat([bad, closeStatement("s"), parse("s", "select 1"), sync]),
  Buffer.concat([bad, parse("", "select 1"), sync]),
  Buffer.concat([closeStatement("s"), parse("s", "select 1"), sync]),
  Buffer.concat([bind("", "s"), execute(""), sync]),
  Buffer.concat([bind("", ""), execute(""), sync]),
];

const isShort = (bytes: Uint8Array): boolean => bytes.length < 200;

function conversationOf(random: () => number, isTaken: (bytes: Uint8Array) => boolean = () => true): Buffer {
  const pick = (from: readonly Uint8Array[]): Uint8Array => {
    const some = from.filter(isTaken);
    return some[Math.floor(random() * some.length)] ?? sync;
  };
  const parts: Uint8Array[] = [];
  for (let left = 1 + Math.floor(random() * 8); left > 0; left -= 1) {
    const dice = random();
    if (dice < 0.2) parts.push(pick(queries));
    else if (dice < 0.7) parts.push(pick(turns));
    else {
      for (let more = Math.floor(random() * 7); more > 0; more -= 1) parts.push(pick(extended));
      parts.push(sync);
    }
  }
  return Buffer.concat(parts);
}

interface Talk {
  readonly executed: readonly string[];
  readonly warned: readonly string[];
  /** All that the client was sent, one character a byte. */
  readonly heard: string;
}

async function talk(
  chunks: readonly Uint8Array[],
  decide: WireDecider["decide"] = () => Promise.resolve(denial),
): Promise<Talk> {
  const warned: string[] = [];
  const client = memoryClient();
  const model = serverModel();
  const relay = relayBetween(client.connection, model.connection, {
    decider: { decide },
    warned,
    wholeBytes: 256,
    messageBytes: 1 << 16,
  });
  for (const chunk of chunks) {
    client.send(chunk);
    await Promise.resolve();
  }
  await settled();
  const heard = await client.until(() => true);
  relay.destroy();
  await relay.closed;
  return { executed: model.executed, warned, heard };
}

/** The same without anybody in between. */
async function talkDirectly(input: Uint8Array): Promise<Omit<Talk, "warned">> {
  const model = serverModel();
  let heard = "";
  const nothing = (): void => undefined;
  model.connection.handle({
    data: (bytes) => (heard += Buffer.from(bytes).toString("latin1")),
    drained: nothing,
    ended: nothing,
    closed: nothing,
  });
  model.connection.write(input);
  await settled();
  return { executed: model.executed, heard };
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** How many messages of these types stand in a stream. */
function countTypes(stream: Buffer, wanted: string): number {
  let found = 0;
  for (let at = 0; at + 5 <= stream.length; at += 1 + stream.readInt32BE(at + 1))
    if (wanted.includes(String.fromCharCode(stream[at] ?? 0))) found += 1;
  return found;
}
const readies = (heard: string): number => countTypes(Buffer.from(heard, "latin1"), "Z");
const cyclesOf = (conversation: Buffer): number => countTypes(conversation, "QSF");

const count = fuzzCount / 20;

test("whatever a client sends in whatever order, cut and changed, nothing that destroys is executed unless it was let through", async () => {
  const random = seeded(fuzzSeed);
  let executedInAll = 0;
  for (let turn = 0; turn < count; turn += 1) {
    const conversation = conversationOf(random);
    const isMutated = random() < 0.5;
    const input = isMutated ? mutateBytes(conversation, random) : conversation;
    const { executed, warned, heard } = await talk(cutBytes(input, random));
    // Nobody waits for an answer that does not come.
    if (!isMutated)
      expect([turn, input.toString("hex"), readies(heard)]).toEqual([
        turn,
        input.toString("hex"),
        1 + cyclesOf(conversation),
      ]);
    executedInAll += executed.length;
    const destroying = executed.filter((text) =>
      judgeSqlBytes(Buffer.from(text, "latin1"), state, reader).destructions.some(
        ({ kind }) => kind !== "opaque",
      ),
    );
    expect({ turn, input: destroying.length > 0 ? input.toString("hex") : "", destroying, warned }).toEqual({
      turn,
      input: "",
      destroying: [],
      warned: [],
    });
  }
  // Of five conversations one statement is executed: far less would be conversations that come to nothing.
  expect(executedInAll).toBeGreaterThan(count / 10);
  console.log(
    `postgres sessions: ${count} conversations, seed ${fuzzSeed}, ${executedInAll} statements executed`,
  );
}, 600_000);

test("what is let through is byte for byte the server's, and each that is followed is told once how it ended", async () => {
  const random = seeded(fuzzSeed + 1);
  let followed = 0;
  for (let turn = 0; turn < count / 2; turn += 1) {
    // Texts that are too long to be read whole are refused whatever the policy says.
    const input = conversationOf(random, isShort);
    const told: Settled[] = [];
    let forwarded = 0;
    const { executed, heard, warned } = await talk(cutBytes(input, random), async () => {
      await Promise.resolve();
      forwarded += 1;
      return { kind: "forward", dropId: String(forwarded), settle: (end) => void told.push(end) };
    });
    followed += forwarded;
    const direct = await talkDirectly(input);
    const shown = { turn, input: input.toString("hex") };
    expect({ ...shown, executed, heard, warned }).toEqual({ ...shown, ...direct, warned: [] });
    expect({ ...shown, told: told.length }).toEqual({ ...shown, told: forwarded });
  }
  expect(followed).toBeGreaterThan(count / 20);
}, 600_000);
