import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decryptTombstone, encryptTombstone } from "../../../src/backup/tombstone/encrypt.ts";
import { requireTombstoneSpace, spaceFor } from "../../../src/backup/tombstone/require-space.ts";
import { isEncrypted } from "../../../src/backup/tombstone/seal.ts";
import { freshDatabase, run, startTestCluster } from "../../support/cluster.ts";
import { leftovers, nothing } from "../../support/leftovers.ts";
import { temporaryFolder } from "../../support/run-commands.ts";
import { canMount, mountSmallDisk } from "../../support/small-disk.ts";
import { ageKey, make, proveAt } from "../../support/tombstones.ts";

/** A disk that is full never leaves half a tombstone that somebody takes for a whole one. */
const cluster = await startTestCluster(15);
const base = temporaryFolder();
afterAll(() => base[Symbol.dispose]());
const source = await freshDatabase(cluster);
const whole = join(base.path, "whole");

beforeAll(async () => {
  // The throwaway server has a user of its own: it must be able to enter.
  chmodSync(base.path, 0o755);
  await run(
    { settings: source.settings },
    "create table noise as select n, sha512(n::text::bytea) as bytes from generate_series(1, 20000) n",
  );
  await make(source.settings, whole);
}, 60_000);

/** Works on a disk of that size, with the folder on it. */
async function onDisk(size: string, work: (folder: string) => Promise<void>): Promise<void> {
  const folder = join(base.path, `disk-${size}`);
  using _disk = mountSmallDisk(folder, size);
  await work(folder);
}

test.skipIf(!canMount)("the dump fills the disk", async () => {
  await onDisk("300k", async (disk) => {
    const failure: unknown = await make(source.settings, join(disk, "t")).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "no-space", hint: expect.stringContaining("tombstone.dir") });
    expect(readdirSync(disk)).toEqual([]);
  });
});

test.skipIf(!canMount)("the proof fills the disk: that disproves nothing", async () => {
  await onDisk("24m", async (disk) => {
    chmodSync(disk, 0o755);
    await expect(proveAt(whole, { tmpDir: disk })).rejects.toMatchObject({ code: "no-space" });
    expect(await leftovers(disk)).toEqual(nothing);
  });
});

test.skipIf(!canMount)(
  "at whichever piece the disk of what is decrypted is full, it says so, and nothing stays",
  async () => {
    const { identity, recipient } = await ageKey();
    const small = join(base.path, "small");
    mkdirSync(join(small, "below"), { recursive: true });
    for (const name of ["a", "below/b", "tombstone.json"])
      writeFileSync(join(small, name), name === "tombstone.json" ? "no PostgreSQL's" : name.repeat(5000));
    await encryptTombstone(small, [recipient]);
    // The files take two pages, nine and one.
    for (let pages = 1; pages <= 11; pages += 1) {
      await onDisk(`${pages * 4}k`, async (disk) => {
        const failure: unknown = await decryptTombstone(small, [identity], join(disk, "p")).then(
          () => ({ code: "no-space" }),
          (error: unknown) => error,
        );
        expect(failure).toMatchObject({ code: "no-space" });
      });
    }
  },
);

test.skipIf(!canMount)(
  "the encryption fills the disk: the plain files stay, and with room it is done",
  async () => {
    const { identity, recipient } = await ageKey();
    await onDisk("2500k", async (disk) => {
      const folder = join(disk, "t");
      cpSync(whole, folder, { recursive: true });
      await expect(encryptTombstone(folder, [recipient])).rejects.toMatchObject({ code: "no-space" });
      expect(await isEncrypted(folder)).toBe(false);
      const elsewhere = join(base.path, "elsewhere");
      cpSync(folder, elsewhere, { recursive: true });
      await encryptTombstone(elsewhere, [recipient]);
      const plain = join(base.path, "plain");
      await decryptTombstone(elsewhere, [identity], plain);
      expect((await proveAt(plain)).verdict).toBe("proved");
      await expect(decryptTombstone(elsewhere, [identity], join(disk, "p"))).rejects.toMatchObject({
        code: "no-space",
      });
      expect(existsSync(join(disk, "p"))).toBe(false);
    });
  },
);

test.skipIf(!canMount)("what cannot fit is refused beforehand, each disk by its own need", async () => {
  await onDisk("4m", async (disk) => {
    const dir = join(disk, "tombstones", "not-made-yet");
    await requireTombstoneSpace({ dir, tmpDir: base.path, sizeBytes: 3_000_000 });
    await expect(
      requireTombstoneSpace({ dir, tmpDir: base.path, sizeBytes: 5_000_000 }),
    ).rejects.toMatchObject({
      code: "no-space",
      message: expect.stringMatching(
        /disk-4m.tombstones.not-made-yet has 4\.19 MB free, and the tombstone needs about 5\.00 MB$/,
      ),
    });
    await expect(
      requireTombstoneSpace({ dir: base.path, tmpDir: disk, sizeBytes: 1000 }),
    ).rejects.toMatchObject({
      code: "no-space",
      message: expect.stringContaining("the proof of the tombstone"),
    });
    // One disk for both.
    await expect(requireTombstoneSpace({ dir, tmpDir: disk, sizeBytes: 1000 })).rejects.toMatchObject({
      message: expect.stringContaining("the tombstone and its proof need"),
    });
  });
});

test("what several databases need together, and the proof of the largest", () => {
  const needed = spaceFor([1_000_000_000, 3_000_000_000]);
  expect(needed.tombstone).toBe(4_000_000_000);
  expect(needed.proof).toBeGreaterThan(3_000_000_000);
  expect(needed.proof).toBeLessThan(4_000_000_000);
});
