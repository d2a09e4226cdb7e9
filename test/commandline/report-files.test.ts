import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCommands, temporaryFolder } from "../support/run-commands.ts";

test("several reports of one run, each what stdout would have been", async () => {
  using folder = temporaryFolder();
  const reports = [
    "json=a.json",
    "junit=b.xml",
    "jsonl=c.jsonl",
    "human=d.txt",
    "github=e.txt",
    "prometheus=f.prom",
  ];
  const told = await runCommands(
    ["example", "--output", "json", ...reports.flatMap((each) => ["--report", each])],
    {
      cwd: folder.path,
    },
  );
  const read = (name: string): string => readFileSync(join(folder.path, name), "utf8");
  expect(told).toMatchObject({ code: 0, stderr: "" });
  expect(read("a.json")).toBe(told.stdout);
  expect(JSON.parse(read("c.jsonl").trimEnd().split("\n").at(-1)!)).toEqual(JSON.parse(told.stdout));
  expect(read("b.xml")).toStartWith("<?xml");
  expect(read("d.txt")).toContain("fine: 3 things");
  expect(read("e.txt")).toStartWith("::notice ");
  expect(read("f.prom")).toContain('custody_example_total{outcome="fine"} 1');
  expect(readdirSync(folder.path).toSorted()).toEqual([
    "a.json",
    "b.xml",
    "c.jsonl",
    "d.txt",
    "e.txt",
    "f.prom",
  ]);
});

test("a report that cannot be written is refused before the run", async () => {
  using folder = temporaryFolder();
  const told = await runCommands(["example", "--report", "json=no/such/folder/a.json"], { cwd: folder.path });
  expect(told).toMatchObject({ code: 3, stdout: "", released: 0 });
  expect(told.stderr).toStartWith(`custody: error: cannot write ${folder.path}/no/such/folder/a.json: `);
});

test("a directory is not overwritten, a symbolic link is followed, a device is written to", async () => {
  using folder = temporaryFolder();
  mkdirSync(join(folder.path, "directory"));
  writeFileSync(join(folder.path, "target"), "old");
  symlinkSync("target", join(folder.path, "link"));
  const run = (path: string) => runCommands(["example", "--report", `json=${path}`], { cwd: folder.path });
  expect((await run("directory")).code).toBe(3);
  expect((await run("link")).code).toBe(0);
  expect(readFileSync(join(folder.path, "target"), "utf8")).toStartWith("{");
  expect((await run("/dev/null")).code).toBe(0);
  expect(readdirSync(folder.path).toSorted()).toEqual(["directory", "link", "target"]);
});

test("an interrupted run leaves its report whole, and nothing beside it", async () => {
  using folder = temporaryFolder();
  const told = await runCommands(["example", "--ending", "waits", "--report", "json=a.json"], {
    cwd: folder.path,
  });
  expect(told.code).toBe(130);
  expect(JSON.parse(readFileSync(join(folder.path, "a.json"), "utf8"))).toMatchObject({
    error: { code: "interrupted" },
  });
  expect(readdirSync(folder.path)).toEqual(["a.json"]);
});

test("every run is kept in the state folder, readable by its owner alone", async () => {
  using folder = temporaryFolder();
  const env = { CUSTODY_STATE_DIR: join(folder.path, "state") };
  const { stdout } = await runCommands(["example", "--output", "json"], { env });
  await runCommands(["example", "--ending", "refused"], { env });
  const names = readdirSync(join(folder.path, "state/runs")).toSorted();
  expect(names).toHaveLength(2);
  for (const name of names) expect(name).toMatch(/^\d{8}T\d{6}Z-example-[0-9a-f-]{36}\.json$/);
  const documents = names.map((name): unknown =>
    JSON.parse(readFileSync(join(folder.path, "state/runs", name), "utf8")),
  );
  expect(documents).toContainEqual(JSON.parse(stdout));
});

test("a state folder that cannot be written to is a warning, never a failure", async () => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, "file"), "");
  const told = await runCommands(["example"], { env: { CUSTODY_STATE_DIR: join(folder.path, "file") } });
  expect(told.code).toBe(0);
  expect(told.stderr).toStartWith("custody: warning: this run is not kept in the state folder: ");
  expect(existsSync(join(folder.path, "file"))).toBe(true);
});
