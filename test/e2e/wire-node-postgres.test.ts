import { describe, expect, test } from "bun:test";
import { Client, Query } from "pg";
import type { ClientConfig } from "pg";
import { programOfFile } from "../support/build-program.ts";
import { tcpPassword } from "../support/tcp-cluster.ts";
import { untilListed } from "../support/wire-drops.ts";
import { startWirePostgres } from "../support/wire-postgres.ts";

const { scene } = await startWirePostgres({ program: programOfFile(), statements: ["create role app"] });

const secured = { rejectUnauthorized: false };
const ways = [
  { way: "in clear", listener: "plain", more: {} },
  { way: "TLS", listener: "tls", more: { ssl: secured } },
  { way: "TLS as the first thing", listener: "tls", more: { ssl: secured, sslnegotiation: "direct" } },
] as const;

describe.each(ways)("node-postgres, $way", ({ listener, more }) => {
  async function connect(config: ClientConfig = {}): Promise<Client & AsyncDisposable> {
    const client = new Client({
      host: "localhost",
      port: scene.portOf(listener),
      user: "owner",
      password: tcpPassword,
      database: "shop",
      connectionTimeoutMillis: 20_000,
      ...more,
      ...config,
    });
    await client.connect();
    return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
  }
  const codeOf = (error: unknown): string => (error as { code: string }).code;
  const refusal = `custody refuses it: the policy of ${listener} denies DROP ROLE app`;

  test("statements with a name, rows by the hundred, notifications", async () => {
    await using client = await connect();
    await client.query("create table np (id integer primary key, note text)");
    const named = { name: "add", text: "insert into np values ($1, $2)" };
    for (let id = 0; id < 300; id += 1) await client.query({ ...named, values: [id, "drop table np"] });
    const byTheHundred = { name: "all", text: "select id from np order by id", rows: 100 };
    const { rows } = await client.query<{ id: number }>({ ...byTheHundred });
    expect(rows).toEqual(Array.from({ length: 300 }, (_, id) => ({ id })));
    const heard = Promise.withResolvers<string | undefined>();
    client.on("notification", ({ payload }) => heard.resolve(payload));
    await client.query("listen np");
    await client.query("notify np, 'drop table np'");
    expect(await heard.promise).toBe("drop table np");
    // Prepared once, and so recorded each time that it is executed.
    const away = { name: "away", text: "drop table if exists np" };
    await client.query(away);
    await untilListed(scene, "np", ["completed"]);
    await client.query(away);
    await untilListed(scene, "np", ["noop"]);
  });

  test("a pipeline: what is denied in it fails alone", async () => {
    await using client = await connect({ pipeline: true });
    const answers = await Promise.allSettled(
      Array.from({ length: 200 }, (_, n) =>
        n === 100 ? client.query("drop role app") : client.query("select $1::int + 1 as next", [n]),
      ),
    );
    for (const [n, answer] of answers.entries())
      if (answer.status === "fulfilled") expect(answer.value.rows).toEqual([{ next: n + 1 }]);
      else
        expect([n, codeOf(answer.reason), (answer.reason as Error).message]).toEqual([100, "42501", refusal]);
    expect(answers.filter(({ status }) => status === "rejected")).toHaveLength(1);
  });

  test("a cursor of SQL, a transaction that fails, and the session lives", async () => {
    await using client = await connect();
    await client.query("begin");
    await client.query("declare c cursor for select generate_series(1, 1000) as n");
    expect((await client.query("fetch 400 from c")).rows).toHaveLength(400);
    expect((await client.query("fetch all from c")).rows).toHaveLength(600);
    expect(await client.query("drop role app").catch(codeOf)).toBe("42501");
    expect(await client.query("select 1").catch(codeOf)).toBe("25P02");
    await client.query("rollback");
    expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  });

  test("cancel", async () => {
    await using client = await connect();
    const ended = Promise.withResolvers<string>();
    const query = new Query("select pg_sleep(30)");
    query.on("error", (error) => ended.resolve(codeOf(error)));
    query.on("end", () => ended.resolve("slept"));
    client.query(query);
    await using looking = await connect();
    for (;;) {
      const text = "select 1 from pg_stat_activity where query = 'select pg_sleep(30)' and state = 'active'";
      if ((await looking.query(text)).rows.length === 1) break;
    }
    // A connection of its own, whose first packet is the CancelRequest: node-postgres never encrypts it.
    const cancelling = new Client({ host: "localhost", port: scene.portOf(listener) });
    (cancelling as unknown as { cancel(of: Client, query: Query): void }).cancel(client, query);
    expect(await ended.promise).toBe("57014");
  });
});
