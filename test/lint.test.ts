import { afterAll, beforeAll, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const root = join(import.meta.dirname, "..");
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "custody-lint-"));
  copyFileSync(join(root, ".oxlintrc.json"), join(folder, ".oxlintrc.json"));
  copyFileSync(join(root, "tsconfig.json"), join(folder, "tsconfig.json"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The rules that one file breaks. */
function lint(path: string, text: string): readonly string[] {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  const { stdout } = spawnSync(
    process.execPath,
    ["--bun", join(root, "node_modules/.bin/oxlint"), "--format", "json", path],
    {
      cwd: folder,
      encoding: "utf8",
    },
  );
  rmSync(file);
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string }[] };
  return diagnostics.map((each) => each.code.replace(/^.*\((.*)\)$/, "$1"));
}

const violations: readonly (readonly [rule: string, text: string])[] = [
  ["no-restricted-globals", "export const pid = process.pid;\n"],
  ["no-restricted-imports", 'import { pid } from "node:process";\nexport const id = pid;\n'],
  ["no-console", 'export const say = (): void => console.log("hello");\n'],
  ["no-explicit-any", "export const twice = (text: any): string => String(text);\n"],
  ["no-non-null-assertion", "export const first = (list: string[]): string => list[0]!;\n"],
  [
    "no-floating-promises",
    "const work = async (): Promise<void> => undefined;\nexport const start = (): void => {\n  work();\n};\n",
  ],
  [
    "no-unsafe-type-assertion",
    "export const read = (text: string): number[] => JSON.parse(text) as number[];\n",
  ],
  [
    "switch-exhaustiveness-check",
    'export function name(kind: "a" | "b"): void {\n  switch (kind) {\n    case "a":\n      break;\n  }\n}\n',
  ],
  [
    "return-await",
    "export async function hold(work: () => Promise<number>, make: () => Disposable): Promise<number> {\n  using _held = make();\n  return work();\n}\n",
  ],
  ["only-throw-error", 'export function fail(): never {\n  throw "no";\n}\n'],
];

test.each(violations)("%s is caught", (rule, text) => expect(lint("src/planted.ts", text)).toEqual([rule]));

test("the process edge alone may touch the process", () => {
  expect(lint("src/main.ts", "export const pid = process.pid;\n")).toEqual([]);
});
