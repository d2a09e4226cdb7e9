import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import postgres from "postgres";
import { programOfFile } from "../support/build-program.ts";
import { runProgram } from "../support/run-program.ts";
import { tcpPassword } from "../support/tcp-cluster.ts";
import { untilListed } from "../support/wire-drops.ts";
import { startWirePostgres, waysIn } from "../support/wire-postgres.ts";

const { env, scene } = await startWirePostgres({
  program: programOfFile(),
  statements: ["create role app"],
  parameters: { max_prepared_transactions: "5" },
});
const folder = join(import.meta.dirname, "../fixtures/wire-clients");
const jdbc = "/usr/share/java/postgresql.jar";
const hasJdbc = existsSync(jdbc) && Bun.which("javac") !== null;
const denied = "custody refuses it: the policy of plain denies DROP ROLE app";

describe.each(waysIn)("$encryption", ({ listener, more }) => {
  const through = env(listener, more);
  const refusal = denied.replace("plain", listener);

  test("Python's psycopg: pipelines, prepared statements, COPY in both formats, cursors of the server, cancels", async () => {
    const told = await runProgram(["/usr/bin/python3", join(folder, "psycopg-session.py")], { env: through });
    expect([told.stderr, told.stdout]).toEqual(["", `denied: ${refusal}\ncancelled\ndone: None\n`]);
    await untilListed(scene, "psy", ["completed"]);
  });

  test("Python's psycopg2: COPY, large objects, notifications, two phases", async () => {
    const told = await runProgram(["/usr/bin/python3", join(folder, "psycopg2-session.py")], {
      env: through,
    });
    expect([told.stderr, told.stdout]).toEqual(["", `denied: ${refusal}\nnotified: hello\ndone: None\n`]);
  });

  // Java is 200 MB, which nobody is made to install for this: it is run where Debian's libpostgresql-jdbc-java and a JDK are.
  test.skipIf(!hasJdbc).each(["extended", "simple"])("JDBC, %s protocol", async (mode) => {
    const sslmode = "PGSSLMODE" in more ? "require" : "disable";
    const url = `jdbc:postgresql://localhost:${scene.portOf(listener)}/shop?sslmode=${sslmode}&preferQueryMode=${mode}`;
    const command = ["java", "-cp", jdbc, join(folder, "JdbcSession.java"), url, tcpPassword];
    const told = await runProgram(command);
    expect([told.stderr, told.stdout]).toEqual([
      "",
      "rows: 3000\ncopied: 2\ndenied: 42501\ncancelled: 57014\ndone: null\n",
    ]);
  });

  test("postgres.js: pipelined queries, transactions, cursors, COPY, notifications, cancels", async () => {
    const encrypted = "PGSSLMODE" in more;
    const sql = postgres({
      host: "localhost",
      port: scene.portOf(listener),
      user: "owner",
      password: tcpPassword,
      database: "shop",
      ssl: encrypted ? { rejectUnauthorized: false } : false,
      max: 3,
      onnotice: () => undefined,
      connect_timeout: 20,
    });
    try {
      await sql`create table js (id integer primary key, note jsonb)`;
      const rows = Array.from({ length: 500 }, (_, id) => ({ id, note: sql.json({ sql: "drop table js" }) }));
      await sql`insert into js ${sql(rows, "id", "note")}`;
      // All are sent before the first is answered.
      const answers = await Promise.all(
        rows.map(({ id }) => sql`select ${id}::int + 1 as next, note from js where id = ${id}`),
      );
      expect(answers.map(([row]) => row?.["next"] as number)).toEqual(rows.map(({ id }) => id + 1));
      const failed = sql.begin(async (tx) => {
        await tx`truncate js`;
        await tx.savepoint((inner) => inner`select 1 / 0`);
      });
      expect(await failed.catch((error: unknown) => (error as { code: string }).code)).toBe("22012");
      let seen = 0;
      await sql`select id from js order by id`.cursor(50, (part) => void (seen += part.length));
      expect(seen).toBe(500);
      const writable = await sql`copy js (id) from stdin`.writable();
      const written = new Promise((resolve, reject) => writable.on("finish", resolve).on("error", reject));
      writable.end(Array.from({ length: 1000 }, (_, n) => `${n + 1000}\n`).join(""));
      await written;
      expect(await sql`select count(*)::int as n from js`).toMatchObject([{ n: 1500 }]);
      const heard = Promise.withResolvers<string>();
      const listening = await sql.listen("js", (payload) => heard.resolve(payload));
      await sql.notify("js", "hello");
      expect(await heard.promise).toBe("hello");
      await listening.unlisten();
      const denial = await sql`drop role app`.catch((error: unknown) => error);
      expect(denial).toMatchObject({ code: "42501", message: refusal });
      expect(await sql`select 1 as one`).toMatchObject([{ one: 1 }]);
      const sleeping = sql`select pg_sleep(30)`.execute();
      const cancelled = sleeping.then(
        () => "slept",
        (error: unknown) => (error as { code: string }).code,
      );
      for (;;) {
        const [row] =
          await sql`select count(*)::int as n from pg_stat_activity where query = 'select pg_sleep(30)' and state = 'active'`;
        if (row?.["n"] === 1) break;
      }
      sleeping.cancel();
      expect(await cancelled).toBe("57014");
      await sql.unsafe("drop table js; select 1");
      await untilListed(scene, "js", ["completed"]);
    } finally {
      await sql.end({ timeout: 5 });
    }
  });
});
