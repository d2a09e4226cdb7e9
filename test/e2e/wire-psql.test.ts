import { createHash, randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import { openPsql } from "../support/psql-session.ts";
import { runProgram } from "../support/run-program.ts";
import { psql, startWirePostgres, waysIn } from "../support/wire-postgres.ts";

const { env, home } = await startWirePostgres();

describe.each(waysIn)("psql, $encryption", ({ listener, more }) => {
  const through = env(listener, more);
  const script = async (text: string): Promise<string> => {
    const { code, stdout, stderr } = await psql(through, text, ["-v", "ON_ERROR_STOP=1"]);
    expect([code, stderr]).toEqual([0, ""]);
    return stdout;
  };

  test("\\copy takes in and gives out 100 000 rows", async () => {
    const rows = Array.from(
      { length: 100_000 },
      (_, n) => `${n}\tdrop table r${n}; -- ${"é".repeat(n % 50)}`,
    );
    const [given, taken] = [join(home, "given"), join(home, "taken")];
    writeFileSync(given, `${rows.join("\n")}\n`);
    await script(
      `create table copied (n integer, note text);
\\copy copied from '${given}'
\\copy (table copied order by n) to '${taken}'
drop table copied;`,
    );
    expect(readFileSync(taken).equals(readFileSync(given))).toBe(true);
  });

  test("\\lo_import, \\lo_export, \\lo_unlink", async () => {
    const bytes = randomBytes(3_000_000);
    const [given, taken] = [join(home, "large"), join(home, "large-again")];
    writeFileSync(given, bytes);
    const text = `\\lo_import '${given}'\n\\lo_export :LASTOID '${taken}'\n\\lo_unlink :LASTOID\nselect count(*) from pg_largeobject_metadata;`;
    expect(await script(text)).toBe("0\n");
    expect(readFileSync(taken).equals(bytes)).toBe(true);
  });

  test("\\gexec runs what a query made", async () => {
    expect(
      await script(
        `select format('create table made_%s (id integer)', n) from generate_series(1, 20) n \\gexec
select format('drop table made_%s', n) from generate_series(1, 20) n \\gexec
select count(*) from pg_class where relname like 'made\\_%';`,
      ),
    ).toBe("0\n");
  });

  test("\\watch asks again and again, until an error", async () => {
    const { stdout, stderr } = await psql(
      through,
      "create temp sequence s;\nselect 12 / (5 - nextval('s')) \\watch 0.001\n",
    );
    expect(stdout.match(/^\d+$/gm)).toEqual(["3", "4", "6", "12"]);
    expect(stderr).toBe("ERROR:  division by zero\n");
  });

  test("\\gdesc, which parses and describes and executes nothing", async () => {
    expect(
      await script(
        "create table seen (id integer);\ndelete from seen returning id \\gdesc\ntruncate seen \\gdesc\ndrop table seen;",
      ),
    ).toBe("id|integer\nThe command has no result, or the result has no columns.\n");
  });

  test("LISTEN hears what others NOTIFY", async () => {
    await using listening = openPsql(through);
    listening.send("listen bells;\nselect 'listens';");
    await listening.said(/^listens\n/m);
    await psql(env(null), "notify bells, 'drop database shop';");
    listening.send("select 'asks';");
    await listening.said(/Asynchronous notification "bells" with payload "drop database shop" received/);
    expect(await listening.end()).toBe(0);
  });

  test("Ctrl-C cancels what runs", async () => {
    await using client = openPsql(through);
    client.send("select 'begun';\nselect pg_sleep(60);");
    await client.said(/^begun\n/m);
    await expect(untilActive("select pg_sleep(60);")).resolves.toBeUndefined();
    client.interrupt();
    await client.said(/ERROR: {2}canceling statement due to user request\n/);
  });

  test("50 MB of rows are those that the server gives", async () => {
    const text = "select n, repeat(md5(n::text), 30) from generate_series(1, 50000) n";
    const [direct, proxied] = await Promise.all(
      [env(null), through].map(async (each) => {
        const { code, stdout } = await runProgram(["psql", "-XqAtc", text], { env: each });
        return [code, stdout.length, createHash("md5").update(stdout).digest("hex")];
      }),
    );
    expect(direct![1]).toBeGreaterThan(40_000_000);
    expect(proxied).toEqual(direct);
  });

  test("an INSERT of 20 MB, which is judged as it streams", async () => {
    const text = `create table long (t text);\ninsert into long values ('${"drop table x; ".repeat(1_500_000)}');\nselect length(t) from long;\ndrop table long;\n`;
    expect(await script(text)).toBe("21000000\n");
  });
});

async function untilActive(statement: string): Promise<void> {
  const ask = `select 1 from pg_stat_activity where query = '${statement}' and state = 'active' \\watch 0.05`;
  await using looking = openPsql(env(null));
  looking.send(ask);
  await looking.said(/^1\n/m);
}
