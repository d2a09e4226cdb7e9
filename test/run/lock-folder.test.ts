import { expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { OpsError } from "../../src/errors.ts";
import { lockFolder } from "../../src/run/lock-folder.ts";
import { temporaryFolder } from "../support/run-commands.ts";

const source = join(import.meta.dirname, "../../src/run/lock-folder.ts");

/** Whether it was locked; an error is told by its code. */
async function attempt(path: string): Promise<string> {
  try {
    await using _lock = await lockFolder(path);
    return "locked";
  } catch (error) {
    return error instanceof OpsError ? error.code : "bug";
  }
}

/** Another process that holds the folder. */
async function holder(path: string) {
  const script = `const { lockFolder } = await import(${JSON.stringify(source)});
    await lockFolder(${JSON.stringify(path)}); console.log("held"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return child;
}

test("one holds it; when that one gives it back the next may, and nothing is left", async () => {
  using folder = temporaryFolder();
  {
    await using _lock = await lockFolder(folder.path);
    expect(await attempt(folder.path)).toBe("state-in-use");
    expect(await attempt(folder.path)).toBe("state-in-use");
  }
  expect(await attempt(folder.path)).toBe("locked");
  expect(readdirSync(folder.path)).toEqual([]);
});

test("another process holds it until it dies, by kill -9 as well", async () => {
  using folder = temporaryFolder();
  for (let round = 0; round < 3; round += 1) {
    const child = await holder(folder.path);
    expect(await attempt(folder.path)).toBe("state-in-use");
    child.kill("SIGSTOP");
    // One that sleeps is not dead.
    expect(await attempt(folder.path)).toBe("state-in-use");
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(readdirSync(folder.path)).toHaveLength(1);
    expect(await attempt(folder.path)).toBe("locked");
    expect(readdirSync(folder.path)).toEqual([]);
  }
});

test("of many that come at once at most one is let in, and one that comes alone always is", async () => {
  using folder = temporaryFolder();
  for (let round = 0; round < 5; round += 1) {
    const locks = await Promise.all(
      Array.from({ length: 8 }, () => lockFolder(folder.path).catch(() => null)),
    );
    const held = locks.filter((lock) => lock !== null);
    expect(held.length).toBeLessThanOrEqual(1);
    for (const lock of held) await lock[Symbol.asyncDispose]();
    expect(await attempt(folder.path)).toBe("locked");
  }
});

test("what is no folder, or cannot be written to, cannot be locked", async () => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, "file"), "");
  expect(await attempt(join(folder.path, "file"))).toBe("file-unwritable");
  expect(await attempt(join(folder.path, "missing"))).toBe("file-unwritable");
});
