import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { prove } from "../support/prove.ts";
import { temporaryFolder } from "../support/run-commands.ts";

const certctl = join(import.meta.dirname, "../fixtures/certctl-migrations");
const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());

function migrations(name: string, files: Readonly<Record<string, string>>): string {
  const path = join(folder.path, name);
  mkdirSync(path);
  for (const [file, sql] of Object.entries(files)) writeFileSync(join(path, file), sql);
  return path;
}

describe("a product's own migrations", () => {
  test("its audit_events takes the workload, by the rule of its columns", async () => {
    const { verdict, state } = await prove({ migrations: certctl, rows: 30 });
    expect(state.differences).toEqual([]);
    expect(verdict).toBe("proved");
    expect(state.profile).toBe("certctl");
    expect(state.post.row_count).toBe(30);
    expect(state.faults.filter(({ group }) => group === "chain").map(({ detected }) => detected)).toEqual([
      true,
      true,
      true,
    ]);
  });

  test("a chain of a profile file is proved too; what cannot be forged is told", async () => {
    const text = readFileSync(join(import.meta.dirname, "../../src/audit/profiles/certctl.yaml"), "utf8");
    const theirs = join(folder.path, "theirs.yaml");
    writeFileSync(theirs, text.replace(/^name: certctl$/m, "name: theirs"));
    const { verdict, state } = await prove({ migrations: certctl, profile: theirs });
    expect(verdict).toBe("proved");
    expect(state).toMatchObject({ profile: "theirs", post: { row_count: 24 } });
    expect(state.notes.join()).toContain("no fault was planted in the chain");
  });

  test("one without an audit_events gets custody's", async () => {
    const own = migrations("own", {
      "1.sql": "CREATE TABLE thing (id int PRIMARY KEY); INSERT INTO thing VALUES (1);",
    });
    const { verdict, state } = await prove({ migrations: own });
    expect(verdict).toBe("proved");
    expect(state).toMatchObject({ profile: "custody", post: { row_count: 24 } });
  });

  test("they run in the order of their names", async () => {
    const ordered = migrations("ordered", {
      "2.sql": "INSERT INTO thing VALUES (1);",
      "1.sql": "CREATE TABLE thing (id int);",
    });
    expect((await prove({ migrations: ordered })).verdict).toBe("proved");
  });
});

describe("bad ones are named, and nothing is proved", () => {
  test.each<[string, Record<string, string>, string]>([
    [
      "a file that fails",
      { "1.sql": "SELECT 1;", "2.sql": "CREATE TABLE thing (id nonsense);" },
      "migration 2.sql fails",
    ],
    ["a folder without any", { "readme.md": "none" }, "there is no .sql file in"],
  ])("%s", async (name, files, message) => {
    const flags = { migrations: migrations(name.replaceAll(" ", "-"), files) };
    await expect(prove(flags)).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringContaining(message),
    });
  });

  test("an audit_events that is no chain, whose profile nobody knows", async () => {
    const foreign = migrations("foreign", {
      "1.sql": "CREATE TABLE audit_events (id text PRIMARY KEY, what text);",
    });
    await expect(prove({ migrations: foreign })).rejects.toMatchObject({ code: "foreign-schema" });
  });

  test("a folder that is not there", async () => {
    await expect(prove({ migrations: join(folder.path, "nowhere") })).rejects.toMatchObject({
      code: "bad-input",
    });
  });
});
