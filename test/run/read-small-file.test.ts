import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readSmallFile } from "../../src/run/read-small-file.ts";
import { temporaryFolder } from "../support/run-commands.ts";

test("reads a file whole, and an endless one not at all", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "some");
  const bytes = new Uint8Array(200_000).map((_, index) => index % 251);
  writeFileSync(path, bytes);
  expect(new Uint8Array(await readSmallFile(path))).toEqual(bytes);
  writeFileSync(path, "");
  expect(await readSmallFile(path)).toHaveLength(0);
  await expect(readSmallFile("/dev/zero")).rejects.toMatchObject({ code: "EFBIG" });
  await expect(readSmallFile(join(folder.path, "none"))).rejects.toMatchObject({ code: "ENOENT" });
});
