import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import { runTool } from "../../src/postgres/tool.ts";
import { run, startTestCluster, testTools } from "../support/cluster.ts";
import { prove } from "../support/prove.ts";
import { temporaryFolder } from "../support/run-commands.ts";

const cluster = await startTestCluster(15);
const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());

test("names beyond ASCII in a dump that is not in the database's encoding", async () => {
  await run(cluster, "CREATE DATABASE names");
  const settings = { ...cluster.settings, database: "names" };
  await run(
    { settings },
    `CREATE SCHEMA "Schön \\"; CREATE TABLE "Schön \\"."UPPER ""é""" (id int PRIMARY KEY, "Ünicode" text);
     INSERT INTO "Schön \\"."UPPER ""é""" VALUES (1, 'ä'), (2, 'ß')`,
  );
  for (const format of ["-Fp", "-Fc"]) {
    const dump = join(folder.path, `latin1${format}`);
    const args = [format, "--encoding=LATIN1", "-f", dump];
    await runTool({ installation: await testTools(), tool: "pg_dump", args, settings });
    const { verdict, state } = await prove({ dump });
    expect({ verdict, differences: state.differences }).toEqual({ verdict: "proved", differences: [] });
  }
});
