import { expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { isRunning, ownPid } from "../../src/postgres/process-group.ts";
import { identifyProcess } from "../../src/postgres/process-identity.ts";

test("is the same for the same process, and other for another", async () => {
  const own = await identifyProcess(ownPid);
  expect(own).toEqual(await identifyProcess(ownPid));
  expect(own?.startTime).toMatch(/^\d+$/);
  expect((await identifyProcess(1))?.startTime).not.toBe(own?.startTime);
});

test("of nobody there is none", async () => {
  expect(await identifyProcess(999_999_999)).toBeUndefined();
});

test("nor of one that has ended and that nobody has asked for", async () => {
  // `exec` puts in the shell's place a program that never asks for its child.
  const parent = spawn("sh", ["-c", "sleep 0.1 & echo $!; exec sleep 60"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [line] = await once(parent.stdout, "data");
  const child = Number(String(line));
  while (!(await readFile(`/proc/${child}/stat`, "utf8")).includes(") Z ")) await Bun.sleep(1);
  expect(isRunning(child)).toBe(true);
  expect(await identifyProcess(child)).toBeUndefined();
  parent.kill("SIGKILL");
  await once(parent, "exit");
});
