import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cruiseSources, importRules } from "./support/cruise.ts";
import type { Cruised } from "./support/cruise.ts";

const root = join(import.meta.dirname, "..");
let folder = "";
let count = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "custody-architecture-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Tree = Readonly<Record<string, string>>;

/** A small house in which everything is where it belongs; `using` in it, since the parser had to be taught that. */
const healthy: Tree = {
  "src/errors.ts": "export const code = 1;\n",
  "src/main.ts": 'import { list } from "./cli.ts";\nlist();\n',
  "src/cli.ts":
    'import { show } from "./reporters/human.ts";\nexport const list = () => [show(), import("./smoke/command.ts"), import("./chain/verify-command.ts")];\n',
  "src/reporters/human.ts":
    'import { code } from "../errors.ts";\nimport width from "string-width";\nexport const show = () => width(String(code));\n',
  "src/smoke/command.ts":
    'import { adapter } from "./adapters/files.ts";\nimport { run } from "./run.ts";\nexport const command = () => run(adapter);\n',
  "src/smoke/adapters/files.ts":
    'import { readFileSync } from "node:fs";\nimport { rule } from "../../audit/rule.ts";\nexport const adapter = () => [readFileSync, rule];\n',
  "src/smoke/run.ts":
    "export async function run(work: () => unknown) {\n  using held = { [Symbol.dispose]: () => undefined };\n  return [held, work];\n}\n",
  "src/chain/verify-command.ts":
    'import { rule } from "../audit/rule.ts";\nimport { frame } from "../wire/frame.ts";\nexport const command = () => [rule, frame];\n',
  "src/audit/rule.ts": 'import { connect } from "../postgres/connect.ts";\nexport const rule = connect;\n',
  "src/wire/frame.ts": "export const frame = 1;\n",
  "src/postgres/connect.ts":
    'import postgres from "postgres";\nimport { code } from "../errors.ts";\nexport const connect = () => [postgres, code];\n',
};

function add(path: string, line: string): Tree {
  return { [path]: `${line}\n${healthy[path] ?? ""}` };
}

/** For each rule, what breaks it and nothing else. */
const violations: Readonly<Record<string, readonly Tree[]>> = {
  "no-cycles": [
    {
      ...add("src/wire/frame.ts", 'import { other } from "./other.ts"; export const used = other;'),
      "src/wire/other.ts": 'import { frame } from "./frame.ts"; export const other = () => frame;\n',
    },
  ],
  "no-orphans": [{ "src/audit/dead.ts": "export const dead = 1;\n" }],
  "no-unresolved": [add("src/smoke/run.ts", 'import { gone } from "./gone.ts"; export const used = gone;')],
  "errors-import-nothing": [add("src/errors.ts", 'import { EOL } from "node:os"; export const end = EOL;')],
  "ground-imports-only-down": [
    add("src/postgres/connect.ts", 'import { frame } from "../wire/frame.ts"; export const used = frame;'),
    // Inside a function that holds something by `using`, where the parser would have lost it.
    add(
      "src/postgres/connect.ts",
      'export async function lazy() { await using held = await import("../wire/frame.ts").then(() => null); return held; }',
    ),
  ],
  "domain-imports-only-down": [
    add("src/audit/rule.ts", 'import { run } from "../smoke/run.ts"; export const used = run;'),
  ],
  "features-import-only-down": [
    add("src/smoke/run.ts", 'import { show } from "../reporters/human.ts"; export const used = show;'),
  ],
  "features-never-import-one-another": [
    add("src/chain/verify-command.ts", 'import { run } from "../smoke/run.ts"; export const used = run;'),
    add(
      "src/chain/verify-command.ts",
      'import type { run } from "../smoke/run.ts"; export type Used = typeof run;',
    ),
  ],
  "shells-are-below-the-top": [
    {
      ...add("src/cli.ts", 'import { line } from "./commandline/line.ts"; export const used = line;'),
      "src/commandline/line.ts":
        'import type { list } from "../cli.ts"; export const line = (all: typeof list) => all;\n',
    },
  ],
  "commands-are-loaded-by-the-list-alone": [
    {
      ...add("src/cli.ts", 'import { line } from "./commandline/line.ts"; export const used = line;'),
      "src/commandline/line.ts":
        'import { command } from "../smoke/command.ts"; export const line = command;\n',
    },
  ],
  "reporters-are-pure": [
    add("src/reporters/human.ts", 'import { writeSync } from "node:fs"; export const used = writeSync;'),
    add(
      "src/reporters/human.ts",
      'import { connect } from "../postgres/connect.ts"; export const used = connect;',
    ),
    add("src/reporters/human.ts", 'import { z } from "zod"; export const used = z;'),
  ],
  "wire-has-no-sockets": [
    add("src/wire/frame.ts", 'import { connect } from "node:net"; export const used = connect;'),
    add("src/wire/frame.ts", 'import postgres from "postgres"; export const used = postgres;'),
  ],
  "permits-come-from-the-ledger": ["src/chokepoint/backends/redis/fence.ts", "src/proxy/run.ts"].map(
    (path) => ({
      [path]: `import { used } from "${"../".repeat(path.split("/").length - 2)}chokepoint/recorded-permits.ts"; export const own = used;\n`,
      "src/chokepoint/recorded-permits.ts": "export const used = 1;\n",
    }),
  ),
  "backends-are-reached-through-the-chokepoint": [
    {
      "src/proxy/run.ts":
        'import { used } from "../chokepoint/backends/redis/open.ts"; export const own = used;\n',
      "src/chokepoint/backends/redis/open.ts": "export const used = 1;\n",
    },
  ],
  "steps-are-taken-by-the-chokepoint": [
    {
      "src/chokepoint/answers.ts": 'import { used } from "./steps/purge.ts"; export const own = used;\n',
      "src/chokepoint/steps/purge.ts": "export const used = 1;\n",
    },
  ],
  "decisions-know-no-adapters": [
    add("src/smoke/run.ts", 'import { adapter } from "./adapters/files.ts"; export const used = adapter;'),
  ],
  "no-tests-in-the-program": [
    {
      ...add("src/smoke/run.ts", 'import { fake } from "../../test/fake.ts"; export const used = fake;'),
      "test/fake.ts": "export const fake = 1;\n",
    },
  ],
  "dependencies-are-declared": [
    add("src/smoke/run.ts", 'import fc from "fast-check"; export const used = fc;'),
  ],
};

async function cruise(tree: Tree): Promise<Cruised> {
  const house = join(folder, String((count += 1)));
  for (const [path, text] of Object.entries({ ...healthy, ...tree })) {
    mkdirSync(dirname(join(house, path)), { recursive: true });
    writeFileSync(join(house, path), text);
  }
  for (const name of ["node_modules", "package.json", "tsconfig.json"])
    symlinkSync(join(root, name), join(house, name));
  return cruiseSources(house);
}

test("a house in order passes, and every module of it is looked at", async () => {
  expect(await cruise({})).toEqual({ modules: Object.keys(healthy).length, violations: [] });
});

describe("each rule catches what is planted against it", () => {
  test("none is without a violation", () => {
    expect(importRules.forbidden.map((rule) => rule.name).toSorted()).toEqual(
      Object.keys(violations).toSorted(),
    );
  });

  for (const [rule, trees] of Object.entries(violations)) {
    for (const [index, tree] of trees.entries()) {
      test(`${rule} ${index + 1}`, async () => {
        const cruised = await cruise(tree);
        expect(cruised.violations.map((each) => each.rule)).toContain(rule);
        expect([...new Set(cruised.violations.map((each) => each.rule))]).toEqual([rule]);
        expect(cruised.violations[0]?.comment).toMatch(/^\S.* .*\.$/);
      });
    }
  }
});

test("this house is in order, and every module of it is looked at", async () => {
  const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).filter(
    (path) => /\.tsx?$/.test(path) && !path.endsWith(".d.ts"),
  );
  const { modules, violations: found } = await cruiseSources(root);
  expect(found).toEqual([]);
  expect(modules).toBe(sources.length);
});
