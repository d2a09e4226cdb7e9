import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "bun:test";
import { runProgram } from "../support/run-program.ts";
import { psql, startWirePostgres, waysIn } from "../support/wire-postgres.ts";

const { env, home, scene } = await startWirePostgres();
const accounts = 100_000;

async function pgbench(
  given: Readonly<Record<string, string>>,
  ...flags: readonly string[]
): Promise<string> {
  const { code, stdout, stderr } = await runProgram(["pgbench", ...flags], { env: given, cwd: home });
  if (code !== 0) throw new Error(`pgbench ${flags.join(" ")} ended with ${code}: ${stderr}`);
  return stdout;
}

const processed = (n: number): string => `number of transactions actually processed: ${n}/${n}\n`;

beforeAll(async () => {
  writeFileSync(
    join(home, "pipeline.sql"),
    `\\set aid random(1, ${accounts})
\\startpipeline
begin;
update pgbench_accounts set abalance = abalance + 1 where aid = :aid;
select abalance from pgbench_accounts where aid = :aid;
end;
select 1;
\\endpipeline
`,
  );
  // It drops its tables, truncates them and fills them by COPY.
  await pgbench(env("plain"), "--initialize", "--quiet");
  expect((await psql(env(null), "select count(*) from pgbench_accounts;")).stdout).toBe(`${accounts}\n`);
});

describe.each(waysIn)("pgbench, $encryption", ({ listener, more }) => {
  const through = env(listener, more);

  test.each(["simple", "extended", "prepared"])("select-only, %s", async (protocol) => {
    const told = await pgbench(through, "--no-vacuum", "-S", "-M", protocol, "-c", "4", "-t", "250");
    expect(told).toContain(processed(1000));
    expect(told).toContain("number of failed transactions: 0 (");
  });

  test.each(["simple", "extended", "prepared"])("tpcb-like, %s: the books are right", async (protocol) => {
    // Vacuums, and truncates the history, before it starts.
    expect(await pgbench(through, "-M", protocol, "-c", "4", "-t", "50")).toContain(processed(200));
    const { stdout } = await psql(
      env(null),
      "select count(*), sum(delta) = (select sum(tbalance) - :'before' from pgbench_tellers) from pgbench_history;",
      ["-v", `before=${tellers}`],
    );
    expect(stdout).toBe("200|t\n");
    tellers = Number((await psql(env(null), "select sum(tbalance) from pgbench_tellers;")).stdout);
  });

  test.each(["extended", "prepared"])("pipelines, %s", async (protocol) => {
    const flags = ["--no-vacuum", "-f", "pipeline.sql", "-M", protocol, "-c", "4", "-t", "100"];
    expect(await pgbench(through, ...flags)).toContain(processed(400));
  });

  test("connections come and go", async () => {
    expect(await pgbench(through, "--no-vacuum", "-S", "-C", "-c", "4", "-t", "20")).toContain(processed(80));
  });
});

/** What the tellers had before a run. */
let tellers = 0;

test("what pgbench truncated is on record, each time", async () => {
  const { stdout } = await scene.run(["drop", "list", "--name", "pgbench_history", "--output", "json"]);
  const { drops } = JSON.parse(stdout) as { drops: { resource_type: string; state: string }[] };
  expect(
    drops.filter(({ resource_type: kind, state }) => kind === "truncate" && state === "completed"),
  ).toHaveLength(9);
});
