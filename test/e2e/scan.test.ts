import { afterAll, beforeAll, expect, test } from "bun:test";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buildProgram } from "../support/build-program.ts";
import { expectGolden } from "../support/golden.ts";
import { parseXml } from "../support/parse-xml.ts";

let folder = "";

/** The binary stands alone; node_modules, and with it every grammar that is not inside of it, is out of reach. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "scan-binary-test-"));
  for (const each of ["home", "tmp", "empty"]) mkdirSync(join(folder, each));
  buildProgram(join(folder, "empty"));
  for (const [path, text] of Object.entries(shop)) plant("shop", path, text);
  for (const [path, text] of Object.entries(guarded)) plant("guarded", path, text);
  plant("broken", "broken.go", 'package a\n\nfunc f( { db.Exec("drop database x"\n');
  symlinkSync("circle", join(folder, "circle"));
  plant("wrong", "custody.yaml", "scan: { chokepiont: [guardedDrop] }\n");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function plant(tree: string, path: string, text: string): void {
  const file = join(folder, tree, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** One destruction in each language that is read, beside what only speaks of one. */
const shop: Readonly<Record<string, string>> = {
  "app/drop.go":
    'package app\n\nfunc Drop(ctx context.Context, db *sql.DB, name string) error {\n\tslog.Info("DROP DATABASE " + name)\n\t_, err := db.ExecContext(ctx, "DROP DATABASE "+name)\n\treturn err\n}\n',
  "app/drop.ts":
    'import { pool } from "./pool.js";\n\nexport async function drop(name: string): Promise<void> {\n  await pool.query(`DROP ROLE "${name}"`);\n}\n',
  "app/drop.py": 'def drop(cursor, name):\n    cursor.execute(f"DROP SCHEMA {name} CASCADE")\n',
  "app/Drop.java":
    'class Drop {\n  void drop(java.sql.Statement s, String name) throws Exception {\n    s.execute("DROP OWNED BY " + name);\n  }\n}\n',
  "app/drop.rb": "def drop(redis)\n  redis.flushall\nend\n",
  "app/drop.php": '<?php\nfunction drop(PDO $db): void {\n  $db->exec("DROP DATABASE shop");\n}\n',
  "app/drop.rs":
    'fn drop(client: &mut postgres::Client) {\n    client.batch_execute("DROP ROLE shop").unwrap();\n}\n',
  "app/Drop.cs":
    'class Drop {\n  void Run(NpgsqlConnection c) {\n    new NpgsqlCommand("DROP DATABASE shop", c).ExecuteNonQuery();\n  }\n}\n',
  "db/old.sql": "-- DROP ROLE nobody;\nDROP ROLE legacy;\n",
  "deploy/reset.sh": '#!/bin/sh\necho "about to FLUSHALL"\nredis-cli FLUSHALL\n',
  "deploy/job.yaml": "steps:\n  - run: dropdb shop\n",
  "deploy/allowed.sh": "# custody-allow: the cache of the tests until 2999-12-31\nredis-cli FLUSHDB\n",
};

const guarded: Readonly<Record<string, string>> = {
  "custody.yaml": "scan:\n  chokepoint: [guardedDrop]\n  sanctioned: [dropDatabase]\n",
  "drops.go":
    'package drops\n\nfunc guardedDrop(fn func() error) error { return fn() }\n\nfunc dropDatabase(db *sql.DB, name string) error {\n\t_, err := db.Exec("DROP DATABASE " + name)\n\treturn err\n}\n\nfunc Deprovision(db *sql.DB, name string) error {\n\treturn guardedDrop(func() error { return dropDatabase(db, name) })\n}\n',
};

const environment = () => ({
  PATH: "/usr/bin:/bin",
  HOME: join(folder, "home"),
  LANG: "C.UTF-8",
  TMPDIR: join(folder, "tmp"),
});

function scan(tree: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(join(folder, "empty", "custody"), ["scan", ...args], {
    cwd: join(folder, tree),
    encoding: "utf8",
    env: environment(),
  });
  return { code: status, stdout, stderr };
}

/** What differs from run to run. */
function masked(text: string): string {
  return text
    .replaceAll(/ +\d+\.\d+ s\b/g, " <s>")
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "<id>")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z?/g, "<time>")
    .replaceAll(/"seconds": [\d.]+/g, '"seconds": <s>')
    .replaceAll(/"(list|read|follow)": \d+/g, '"$1": <ms>')
    .replaceAll(/ time="[\d.]+"/g, ' time="<s>"')
    .replaceAll(/"(?:custody|semanticVersion)": "[^"]+"/g, (all) => all.replace(/: .*/, ': "<version>"'))
    .replaceAll(/hostname="[^"]*"|name="custody" value="[^"]*"/g, (all) => all.replace(/"[^"]*"$/, '"<…>"'));
}

test("the help", () => {
  const { code, stdout, stderr } = scan("empty", "--help");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expectGolden("scan/help.txt", stdout);
});

test.each([
  ["human", "txt"],
  ["json", "json"],
  ["junit", "xml"],
  ["github", "github.txt"],
  ["sarif", "sarif"],
] as const)("a tree in twelve languages as %s, out of the binary alone: exit code 1", (format, extension) => {
  const { code, stdout, stderr } = scan("shop", "--no-cache", "--output", format);
  expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
  if (format === "junit") parseXml(stdout);
  expectGolden(`scan/shop.${extension}`, masked(format === "json" ? pretty(stdout) : stdout));
});

function pretty(json: string): string {
  return `${JSON.stringify(JSON.parse(json), null, 2)}\n`;
}

test("what passes the chokepoint alone is clean: exit code 0", () => {
  const { code, stdout, stderr } = scan("guarded", "--output", "json");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(JSON.parse(stdout)).toMatchObject({
    verdict: "clean",
    findings: [],
    sanctioned: [{ path: "drops.go", line: 6, kind: "database", sanctioned_by: "dropDatabase" }],
    policy: { chokepoint: ["guardedDrop"] },
  });
});

test.each([
  ["a flag that is not there", ["--nonsense"]],
  ["a path that is not there", ["nowhere"]],
  ["a link in a circle", ["../circle"]],
  ["a path that no file has", ["x".repeat(300)]],
  ["a rule that is not there", ["--explain", "nonsense"]],
  ["a self-test for an upload", ["--self-test", "--output", "sarif"]],
  ["a self-test that is written for one", ["--self-test", "--report", "sarif=x.sarif"]],
  ["an explanation for programs", ["--explain", "bypass", "--output", "json"]],
  ["a baseline of a part", ["--since", "HEAD", "--write-baseline", "x"]],
  ["a commit outside of any repository", ["--since", "HEAD"]],
] as readonly (readonly [string, readonly string[]])[])(
  "%s is a wrong usage: exit code 2, and nothing is summed up",
  (_, args) => {
    const { code, stdout, stderr } = scan("shop", "--quiet", ...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^custody: error: .+\ncustody: hint: .+\n$/);
    if (!args.includes("json")) expect(stdout).toBe("");
  },
);

test("a policy with a mistyped key is refused: exit code 2", () => {
  const { code, stderr } = scan("wrong");
  expect(code).toBe(2);
  expect(stderr).toContain("chokepiont");
});

test("what cannot be parsed: exit code 3, unless that is accepted", () => {
  expect(scan("broken", "--output", "json")).toMatchObject({ code: 3, stderr: "" });
  expect(scan("broken", "--allow-unparsed").code).toBe(0);
});

test("the binary finds every violation that it plants, and no look-alike", () => {
  const { code, stdout, stderr } = scan("empty", "--self-test", "--output", "json");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const said = JSON.parse(stdout) as { verdict: string; planted: number; found: number; failed: unknown[] };
  expect(said).toMatchObject({ verdict: "sound", found: said.planted, failed: [] });
  expect(said.planted).toBeGreaterThan(400);
  expect(scan("empty", "--self-test", "--quiet").stdout).toMatch(/^SOUND: /m);
});

test("--report writes files beside what is shown, whole", () => {
  const file = (name: string): string => join(folder, "tmp", name);
  const reports = ["sarif=scan.sarif", "prometheus=scan.prom"].flatMap((each) => {
    const [format = "", name = ""] = each.split("=");
    return ["--report", `${format}=${file(name)}`];
  });
  expect(scan("shop", "--quiet", ...reports).code).toBe(1);
  expect(existsSync(file("scan.sarif")) && existsSync(file("scan.prom"))).toBe(true);
});

test("interrupted in the middle of a large tree: exit code 130, the document still closes", async () => {
  for (let index = 0; index < 3000; index += 1) {
    plant(
      "large",
      `f${index}.go`,
      `package a\n\nfunc f${index}(db *sql.DB) { db.Exec("DROP DATABASE x") }\n`,
    );
  }
  const child = spawn(join(folder, "empty", "custody"), ["scan", "--no-cache", "--output", "jsonl"], {
    cwd: join(folder, "large"),
    env: environment(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdout.on("data", (chunk: Buffer) => {
    const isFirst = !stdout.includes('"step-progressed"');
    stdout += chunk.toString();
    if (isFirst && stdout.includes('"step-progressed"')) child.kill("SIGINT");
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  expect({ code, stderr }).toEqual({ code: 130, stderr: expect.stringContaining("interrupted") });
  expect(JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "")).toMatchObject({
    command: "scan",
    verdict: "incomplete",
    error: { code: "interrupted" },
    findings: [],
  });
});
