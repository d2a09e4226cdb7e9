import { beforeAll, expect, test } from "bun:test";
import { connect } from "../../../../src/postgres/connect.ts";
import { parse, query } from "../../../../src/wire/postgres/write-client.ts";
import { client as types } from "../../../../src/wire/postgres/message-types.ts";
import { message } from "../../../../src/wire/postgres/write-server.ts";
import { run, startTestCluster } from "../../../support/cluster.ts";
import { startTestProxy } from "../../../support/postgres-session.ts";
import { rawClient } from "../../../support/raw-postgres.ts";
import type { RawClient } from "../../../support/raw-postgres.ts";
import { denial, scriptedDecider } from "../../../support/told-outcomes.ts";

/** Ways to have a destruction executed that nobody decides on. Every one is denied here: whatever is gone at the end went unseen. */

const cluster = await startTestCluster(15, {
  parameters: { wal_level: "logical", max_wal_senders: "4", max_replication_slots: "4" },
});
const [host] = cluster.settings.hosts;
const path = `${host?.host}/.s.PGSQL.${host?.port}`;
const user = cluster.settings.user;

const sync = message(types.sync, new Uint8Array(0));
const bind = (portal: string, name: string): Uint8Array =>
  message(types.bind, Buffer.from(`${portal}\0${name}\0\0\0\0\0\0\0`, "latin1"));
const execute = (portal: string): Uint8Array => message(types.execute, Buffer.from(`${portal}\0\0\0\0\0`));
/** Names in any encoding: one character a byte. */
const parseBytes = (name: string, text: string): Uint8Array =>
  message(types.parse, Buffer.from(`${name}\0${text}\0\0\0`, "latin1"));
const copyData = message(types.copyData, Buffer.from("no number\n"));
const copyDone = message(types.copyDone, new Uint8Array(0));
const drop = "drop role r_target";

interface Attack {
  readonly name: string;
  readonly parameters?: Readonly<Record<string, string>>;
  /** `ready` waits for so many more ReadyForQuery. */
  run(client: RawClient, ready: (more: number) => Promise<void>): Promise<void>;
}

const run1 = (text: string): readonly Uint8Array[] => [parse("", text), bind("", ""), execute("")];
const all = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat(parts);
/** Longer than is read whole. */
const long = (text: string): string => " ".repeat(1_200_000) + text;
/** No SQL. */
const lost = 'no name of anything "; ';

/** A name that means a drop is made to look like another text's, by a Parse that fails, once the count of cycles is wrong by some. */
const forgetful = all(sync, parse("s", "select 1"), sync, sync, sync, sync);
const useIt = all(bind("", "s"), execute(""), sync);

const attacks: readonly Attack[] = [
  {
    name: "a FunctionCall that an error skips is not answered",
    async run(client, ready) {
      client.send(all(parse("s", drop), sync));
      await ready(1);
      client.send(
        all(
          parse("", lost),
          message(types.functionCall, Buffer.from([0, 0, 3, 0xbd, 0, 0, 0, 0, 0, 1])),
          sync,
        ),
      );
      await ready(1);
      client.send(forgetful);
      await ready(5);
      client.send(useIt);
      await ready(1);
    },
  },
  {
    name: "a Flush with a body is an error, and a Query behind it is skipped",
    async run(client, ready) {
      client.send(all(parse("s", drop), sync));
      await ready(1);
      client.send(all(message(types.flush, Buffer.from("x")), query("select 1"), sync));
      await ready(1);
      client.send(forgetful);
      await ready(5);
      client.send(useIt);
      await ready(1);
    },
  },
  {
    name: "a long Query that an error skips is not answered",
    async run(client, ready) {
      client.send(all(parse("s", drop), sync));
      await ready(1);
      client.send(all(parse("", lost), query(long("select 1")), sync));
      await ready(1);
      client.send(forgetful);
      await ready(5);
      client.send(useIt);
      await ready(1);
    },
  },
  {
    name: "Syncs behind the data at which a COPY failed are answered, though they came before its end",
    async run(client, ready) {
      client.send(all(parse("s", drop), sync));
      await ready(1);
      client.send(all(...run1("copy t from stdin")));
      await client.until(() => client.answers.some(({ type }) => type === "G"));
      client.send(all(copyData, sync, sync, sync, copyDone, sync));
      await ready(4);
      client.send(forgetful);
      await ready(5);
      client.send(useIt);
      await ready(1);
    },
  },
  {
    name: "more failed attempts than are remembered leave the first meaning behind",
    async run(client, ready) {
      client.send(all(parse("s", drop), sync));
      await ready(1);
      // Whatever is let through in the place of a drop: here what is never decided on.
      for (let count = 0; count < 20; count += 1) client.send(all(parse("s", "set role none"), sync));
      await ready(20);
      client.send(useIt);
      await ready(1);
    },
  },
  {
    name: "a name is longer to the server than to the client: 63 bytes of it in the server's encoding",
    parameters: { client_encoding: "LATIN1" },
    async run(client, ready) {
      const [one, other] = ["one", "two"].map((end) => `${"\u00e9".repeat(32)}${end}`) as [string, string];
      client.send(
        all(
          parseBytes(other, "select 1"),
          sync,
          message(types.close, Buffer.from(`S${other}\0`, "latin1")),
          sync,
        ),
      );
      client.send(all(parseBytes(one, drop), sync, bind("", other), execute(""), sync));
      await ready(4);
    },
  },
  {
    name: "a name that SQL knows by its characters and the wire by its bytes",
    parameters: { client_encoding: "WIN1251" },
    async run(client, ready) {
      client.send(message(types.query, Buffer.from('prepare "\u00e9" as select 1\0', "latin1")));
      client.send(message(types.query, Buffer.from('deallocate "\u00e9"\0', "latin1")));
      client.send(all(parseBytes("\u00e9", "drop schema s_target"), sync));
      client.send(message(types.query, Buffer.from('execute "\u00e9"\0', "latin1")));
      await ready(4);
    },
  },
  {
    name: "a long name that comes byte by byte",
    async run(client, ready) {
      client.send(all(parse("abc", drop), sync));
      await ready(1);
      const bytes = Buffer.from(parse("abcdefgh", long("select 1")));
      client.socket.setNoDelay(true);
      for (let at = 0; at < 20; at += 1) {
        client.send(bytes.subarray(at, at + 1));
        await new Promise((resolve) => setImmediate(resolve));
      }
      client.send(all(bytes.subarray(20), sync));
      await ready(1);
      client.send(all(bind("", "abc"), execute(""), sync));
      await ready(1);
    },
  },
  {
    name: "an EXECUTE that executes an EXECUTE",
    async run(client, ready) {
      client.send(all(parse("u", "drop schema s_target"), parse("t", "execute u"), sync));
      client.send(query("execute t"));
      await ready(2);
    },
  },
  {
    name: "a portal that is bound by the wire and fetched by SQL",
    async run(client, ready) {
      client.send(query("begin"));
      await ready(1);
      client.send(
        all(parse("d", "delete from t returning a"), bind("p", "d"), message(types.flush, new Uint8Array(0))),
      );
      await client.until(() => client.answers.some(({ type }) => type === "2" || type === "E"));
      client.send(sync);
      await ready(1);
      client.send(query("fetch all from p"));
      client.send(query("commit"));
      await ready(2);
    },
  },
  {
    name: "how strings are read is set in the very cycle",
    async run(client, ready) {
      // To strings that are standard, all of the DELETE is within one; to the others it is not.
      const text =
        "with a as (select '\\' as b, ' as c), d as (delete from t returning a) " +
        "select a from d where '' = '' /* ' as c) select 1 -- */";
      client.send(all(...run1("set standard_conforming_strings = off"), ...run1(text), sync));
      await ready(1);
    },
  },
  {
    name: "how strings are read is set by what a long text is sent behind",
    async run(client, ready) {
      client.send(
        all(
          query("set standard_conforming_strings = off"),
          query(long("select '\\' || '; drop role r_target; --'")),
        ),
      );
      await ready(2);
    },
  },
  {
    name: "a long text closes what a later error brings back",
    async run(client, ready) {
      client.send(all(parse("s", drop), sync));
      await ready(1);
      client.send(query(long("select 1/0; deallocate s")));
      await ready(1);
      client.send(useIt);
      await ready(1);
    },
  },
  {
    name: "a walsender's command behind a megabyte of blanks",
    parameters: { replication: "database" },
    async run(client, ready) {
      client.send(query("DROP_REPLICATION_SLOT".padStart(1_200_000) + " slot_target"));
      await ready(1);
    },
  },
];

async function rows(statement: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  await using session = await connect(cluster.settings, { applicationName: "test" });
  return await session.sql.unsafe(statement);
}

const targets = [
  ["create role r_target", "select from pg_roles where rolname = 'r_target'"],
  ["create schema s_target", "select from pg_namespace where nspname = 's_target'"],
  ["insert into t values (1)", "select from t"],
  ["select pg_create_physical_replication_slot('slot_target')", "select from pg_replication_slots"],
] as const;

/** How many targets are gone; they are made anew. */
async function gone(): Promise<number> {
  let count = 0;
  for (const [make, find] of targets) {
    if ((await rows(find)).length > 0) continue;
    count += 1;
    await run(cluster, make);
  }
  return count;
}

async function carryOut(
  attack: Attack,
  place: { readonly port: number } | { readonly path: string },
): Promise<void> {
  await using client = await rawClient(place, { user, database: "postgres", ...attack.parameters });
  let count = 1;
  const ready = async (more: number): Promise<void> => {
    count += more;
    await client.ready(count);
  };
  // Whoever attacks may as well be thrown out.
  await attack.run(client, ready).catch((error: unknown) => {
    if (!String(error).includes("the connection ended")) throw error;
  });
}

beforeAll(async () => {
  await run(cluster, "create table t (a int)");
  await gone();
});

test.each(attacks)(
  "$name",
  async (attack) => {
    // It is one: without anybody in between, it destroys.
    await carryOut(attack, { path });
    expect(await gone()).toBe(1);
    const decider = scriptedDecider(() => denial);
    await using proxy = await startTestProxy({ server: { kind: "unix", path }, decider });
    await carryOut(attack, { port: proxy.port });
    expect(await gone()).toBe(0);
    expect(proxy.warnings).toEqual([]);
  },
  20_000,
);
