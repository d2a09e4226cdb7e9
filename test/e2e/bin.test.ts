import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../support/run-commands.ts";

const root = join(import.meta.dirname, "../..");

function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly path?: string } = {},
) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: options.cwd ?? root,
    encoding: "utf8",
    env: { PATH: options.path ?? "/usr/bin:/bin", HOME: "/nonexistent", LANG: "C.UTF-8" },
  });
  return { code: status, stdout, stderr };
}

test("bin/custody runs from anywhere, through symbolic links, and reads nothing of where it is started", () => {
  using folder = temporaryFolder();
  symlinkSync(join(root, "bin/custody"), join(folder.path, "absolute"));
  symlinkSync("absolute", join(folder.path, "relative"));
  writeFileSync(join(folder.path, "bunfig.toml"), 'preload = ["./preload.ts"]\n');
  writeFileSync(join(folder.path, "preload.ts"), 'throw new Error("preloaded");\n');
  writeFileSync(
    join(folder.path, "tsconfig.json"),
    '{ "compilerOptions": { "paths": { "*": ["./preload.ts"] } } }\n',
  );
  writeFileSync(join(folder.path, ".env"), "SHELL=/bin/fish\n");
  const version = { code: 0, stdout: expect.stringMatching(/^custody .*, source\)\n$/), stderr: "" };
  expect(run(join(folder.path, "relative"), ["--version"], { cwd: folder.path })).toEqual(version);
  expect(run("relative", ["--version"], { cwd: "/", path: `${folder.path}:/usr/bin:/bin` })).toEqual(version);
  expect(run(join(folder.path, "absolute"), ["completion"], { cwd: folder.path })).toMatchObject({ code: 2 });
});

test("bin/custody says what is missing when there is neither npm nor Bun", () => {
  using folder = temporaryFolder();
  for (const each of ["bin", "package.json", "bun.lock"])
    cpSync(join(root, each), join(folder.path, "checkout", each), { recursive: true });
  mkdirSync(join(folder.path, "tools"));
  for (const each of ["sh", "cmp", "mkdir", "sed", "flock", "readlink"])
    symlinkSync(`/usr/bin/${each}`, join(folder.path, "tools", each));
  const told = run(join(folder.path, "checkout/bin/custody"), ["--version"], {
    path: join(folder.path, "tools"),
  });
  expect(told).toMatchObject({ code: 3, stdout: "" });
  expect(told.stderr).toContain(
    "custody: error: neither Bun nor npm is here\ncustody: hint: install Node.js with npm",
  );
});

test("bin/bench names its benchmarks when asked for one that is not there", () => {
  const told = run(join(root, "bin/bench"), ["nothing"]);
  expect(told.code).toBe(2);
  expect(told.stderr).toMatch(
    /custody: error: no benchmark is named nothing\ncustody: hint: there are .*\bstart\b/,
  );
});
