import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { collectStatements } from "../../../../src/destruction/sql/wire/collect-statements.ts";
import { run, startTestCluster, testTools } from "../../../support/cluster.ts";
import { loadRichSchema } from "../../../support/rich-database.ts";
import { partedByPostgres, scannedByPostgres, scannedByUs } from "./grammar-oracle.ts";
import { ordinary, standard } from "./wire-judged.ts";
import { judgeSqlBytes } from "../../../../src/destruction/sql/wire/judge-sql-bytes.ts";

const root = join(import.meta.dirname, "../../../..");
const folders = [
  "/usr/share/postgresql/15",
  ...[14, 15, 16, 17, 18].map((n) => `node_modules/pg${n}/native/share`),
];

/** The SQL that PostgreSQL and its extensions install, without what is psql's own and what CREATE EXTENSION replaces. */
function installed(): readonly (readonly [name: string, sql: string])[] {
  const seen = new Set<string>();
  return folders.flatMap((folder) =>
    [
      ...new Glob("**/*.sql").scanSync({
        cwd: join(folder.startsWith("/") ? "" : root, folder),
        absolute: true,
      }),
    ]
      .sort()
      .map((path) => [path, readFileSync(path, "utf8")] as const)
      .filter(([, sql]) => !seen.has(sql) && seen.add(sql))
      .map(([path, sql]) => [path, sql.replaceAll(/^\\.*$/gm, "").replaceAll(/@ext\w+@/g, "ext")] as const),
  );
}

function firstWords(sql: string): readonly string[] {
  const first: string[] = [];
  const reading = collectStatements(standard, ({ tokens }) => {
    first.push(
      tokens
        .slice(0, 2)
        .map(({ text }) => text)
        .join(" "),
    );
  });
  reading.push(Buffer.from(sql, "utf8"));
  reading.end();
  return first;
}

/** What is different between PostgreSQL's grammar and us in a text, and how many statements were compared. */
function compare(sql: string): {
  readonly statements: readonly string[];
  readonly differences: readonly string[];
} {
  const [theirs, ours] = [scannedByPostgres(sql), scannedByUs(sql)];
  const differences: string[] = [];
  if (JSON.stringify(theirs) !== JSON.stringify(ours)) differences.push("tokens");
  const statements = partedByPostgres(sql);
  if (statements === null) return { statements: [], differences };
  const expected = statements.map((one) => firstWords(one).join(" and "));
  if (JSON.stringify(expected) !== JSON.stringify(firstWords(sql))) differences.push("statements");
  for (const one of statements) if (firstWords(one).length !== 1) differences.push(one);
  return { statements, differences };
}

const cluster = await startTestCluster(15);
await loadRichSchema(cluster);
await run(
  cluster,
  `do $$ declare e text; begin
     for e in select name from pg_available_extensions where name not like 'pl%' order by name loop
       begin execute format('create extension if not exists %I cascade', e); exception when others then null; end;
     end loop; end $$`,
);
const { binDir } = await testTools();

function dumped(...options: readonly string[]): string {
  const { host, port } = cluster.settings.hosts[0]!;
  const { user, database } = cluster.settings;
  const args = ["-h", host, "-p", String(port), "-U", user, ...options];
  const dump = spawnSync(join(binDir, options[0] === "-g" ? "pg_dumpall" : "pg_dump"), args, {
    encoding: "utf8",
    maxBuffer: 1e9,
    env: { ...process.env, PGDATABASE: database },
  });
  if (dump.status !== 0) throw new Error(dump.stderr);
  return dump.stdout.replaceAll(/^\\.*$/gm, "");
}

test("PostgreSQL's own grammar parts real files as we do, token by token and statement by statement", () => {
  const texts: (readonly [string, string])[] = [
    ...installed(),
    ["pg_dump --inserts", dumped("--inserts")],
    ["pg_dump --clean", dumped("--inserts", "--clean", "--if-exists", "--create")],
    // What belongs to extensions is dumped for an upgrade alone.
    ["pg_dump --binary-upgrade", dumped("--binary-upgrade", "--schema-only", "-d", "postgres")],
    ["pg_dumpall -g", dumped("-g")],
  ];
  const different: string[] = [];
  const unique = new Set<string>();
  let count = 0;
  let unparsed = 0;
  for (const [name, sql] of texts) {
    const { statements, differences } = compare(sql);
    if (differences.length > 0) different.push(`${name}: ${differences.join(", ").slice(0, 200)}`);
    if (statements.length === 0) unparsed += 1;
    count += statements.length;
    for (const one of statements) unique.add(one.trim());
  }
  console.log(
    `${count} statements, ${unique.size} different ones, of ${texts.length} files (${unparsed} not in one piece)`,
  );
  expect(different).toEqual([]);
  expect(unique.size).toBeGreaterThan(5000);
}, 120_000);

test("no statement of these is refused for not being understood", () => {
  const refused: string[] = [];
  for (const [name, sql] of installed())
    for (const one of partedByPostgres(sql) ?? [])
      for (const { kind, what } of judgeSqlBytes(Buffer.from(one), standard, ordinary).destructions)
        if (kind === "opaque" && !/LANGUAGE|definition|^COPY|^LOAD|set_config/.test(what))
          refused.push(`${name}: ${what} ${one.trim().slice(0, 100)}`);
  expect(refused).toEqual([]);
}, 120_000);
