import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { custody, documentOf } from "../support/run-custody.ts";

const folders: string[] = [];
afterAll(() => folders.forEach((each) => rmSync(each, { recursive: true, force: true })));

type Files = Readonly<Record<string, string>>;

interface Found {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
  readonly call_path: readonly { readonly function: string; readonly edge: string }[];
}

/** Scans a tree on disk, of which files without a word of a destruction are not parsed by themselves. */
async function scan(files: Files): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), "scan-widen-test-"));
  folders.push(folder);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const said = documentOf(await custody(["scan", "--no-cache", "--output", "json"], "", folder));
  return (said["findings"] as readonly Found[]).map(({ path, line, rule, call_path: steps }) =>
    [`${path}:${line} ${rule}`, ...steps.map((each) => `${each.function}:${each.edge}`)].join(" "),
  );
}

const drops = 'export async function wipe(pool: Pool) {\n  await pool.query("DROP DATABASE a");\n}\n';

describe("without a policy", () => {
  test.each([
    [
      "a barrel",
      {
        "db/names.ts": 'export const VERB = "DROP DATABASE ";\n',
        "db/inner.ts": 'export { VERB as WORD } from "./names";\n',
        "db/index.ts": 'export * from "./inner";\n',
        "run.ts":
          '// drop database\nimport { WORD } from "./db";\nexport const go = (pool, name) => pool.query(WORD + name);\n',
      },
      "run.ts:3 database",
    ],
    [
      "a package",
      {
        "app/db/names.py": 'VERB = "DROP DATABASE "\n',
        "app/db/__init__.py": "from .names import VERB as WORD\n",
        "app/run.py":
          "# drop database\nfrom app.db import WORD\n\ndef go(cursor, name):\n    cursor.execute(WORD + name)\n",
      },
      "app/run.py:5 database",
    ],
  ] satisfies readonly (readonly [string, Files, string])[])("%s is followed", async (_, files, expected) => {
    expect(await scan(files)).toEqual([expected]);
  });
});

describe("with a chokepoint", () => {
  const policy = "scan: { chokepoint: ['guard.ts#guarded'], sanctioned: ['db/drops.ts#wipe'] }\n";
  const guard = "export async function guarded(run) {\n  await run();\n}\n";
  const callers = (imports: string, wipe: string): Files => ({
    "custody.yaml": policy,
    "guard.ts": guard,
    "lib/index.ts": 'export { guarded as safely } from "../guard";\n',
    "bad.ts": `${imports}\nexport async function bad(pool) {\n  await ${wipe}(pool);\n}\n`,
    "good.ts": `import { safely } from "./lib";\n${imports}\nexport async function good(pool) {\n  await safely(() => ${wipe}(pool));\n}\n`,
  });
  test.each([
    [
      "a barrel that gives all on",
      {
        ...callers('import { wipe } from "./db";', "wipe"),
        "db/drops.ts": drops,
        "db/index.ts": 'export * from "./drops";\n',
      },
    ],
    [
      "another name",
      {
        ...callers('import { gone } from "./db";', "gone"),
        "db/drops.ts": drops,
        "db/index.ts": 'export { wipe as gone } from "./drops";\n',
      },
    ],
    [
      "a namespace of a barrel",
      {
        ...callers('import * as db from "./db";', "db.drops.wipe"),
        "db/drops.ts": drops,
        "db/index.ts": 'export * as drops from "./drops";\n',
      },
    ],
    [
      "a default that bears any name where it is imported",
      {
        ...callers('import zap from "./db/drops";', "zap"),
        "db/drops.ts": drops.replace("export", "export default"),
      },
    ],
    [
      "a package of the tree",
      {
        ...callers('import { wipe } from "@acme/db";', "wipe"),
        "db/drops.ts": drops,
        "db/package.json": '{ "name": "@acme/db", "main": "dist/index.js" }',
        "db/index.ts": 'export { wipe } from "./drops";\n',
      },
    ],
    [
      "paths of a tsconfig",
      {
        ...callers('import { wipe } from "@/drops";', "wipe"),
        "db/drops.ts": drops,
        "tsconfig.json": '{ "compilerOptions": { "paths": { "@/*": ["./db/*"] } } }',
      },
    ],
  ] satisfies readonly (readonly [string, Files])[])(
    "%s: what goes round it is found, what goes through it is not",
    async (_, files) => {
      expect(await scan(files)).toEqual(["bad.ts:3 bypass bad:entry wipe:exact"]);
    },
  );
});
