import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { run, startTestCluster } from "../support/cluster.ts";
import { dumpTo } from "../support/dumped.ts";
import { prove } from "../support/prove.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { canMount, mountSmallDisk } from "../support/small-disk.ts";

/** A disk that fills up while the throwaway server works on it. */
const cluster = await startTestCluster(15);
const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());
const dump = join(folder.path, "large.dump");

beforeAll(async () => {
  // The throwaway server has a user of its own: it must be able to enter.
  chmodSync(folder.path, 0o755);
  await run(cluster, "CREATE DATABASE large");
  const settings = { ...cluster.settings, database: "large" };
  // So little in the archive that nobody can tell beforehand how much it will take.
  await run(
    { settings },
    "CREATE TABLE item AS SELECT n, repeat('x', 900) AS note FROM generate_series(1, 120000) n",
  );
  await dumpTo(folder.path, settings, "large.dump", "-Fc", "-Z6");
}, 120_000);

/** The error of a proof on a disk of that size; `cache` is where the template of data directories is kept. */
async function errorOn(size: string, cache?: string): Promise<unknown> {
  const small = join(folder.path, `disk-${size}`);
  using _disk = mountSmallDisk(small, size);
  const before = { TMPDIR: process.env["TMPDIR"], XDG_CACHE_HOME: process.env["XDG_CACHE_HOME"] };
  Object.assign(process.env, { TMPDIR: small }, cache === undefined ? {} : { XDG_CACHE_HOME: cache });
  try {
    return await prove({ dump }).then(
      ({ verdict }) => verdict,
      (error: unknown) => error,
    );
  } finally {
    for (const [name, value] of Object.entries(before))
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  }
}

test.skipIf(!canMount)(
  "a restore that fills the disk is told as that, not as a lost connection or a failed proof",
  async () => {
    expect(await errorOn("100m")).toMatchObject({
      code: "no-space",
      exitCode: 3,
      message: expect.stringMatching(/^the throwaway server ran out of space in .*disk-100m$/),
      hint: expect.stringContaining("set TMPDIR"),
    });
  },
);

test.skipIf(!canMount)("an initdb that fills the disk says so, not what it cleaned up", async () => {
  const cache = join(folder.path, "cache");
  mkdirSync(cache);
  expect(await errorOn("8m", cache)).toMatchObject({
    code: "no-space",
    exitCode: 3,
    message: expect.stringContaining("No space left on device"),
    hint: expect.stringContaining("set TMPDIR"),
  });
});
