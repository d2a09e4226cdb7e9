import { afterAll } from "bun:test";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

/** Builds the binary as a release is built; its path. */
export function buildProgram(folder: string): string {
  const program = join(folder, "custody");
  const { status, stderr } = spawnSync(process.execPath, ["build.ts", "--outfile", program], {
    cwd: root,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the build failed: ${stderr}`);
  return program;
}

/** The binary for one test file, gone after its last test; with `CUSTODY_TEST_PROGRAM` that one, which is not built. */
export function programOfFile(): string {
  const given = process.env["CUSTODY_TEST_PROGRAM"];
  if (given !== undefined) return given;
  const folder = mkdtempSync(join(tmpdir(), "custody-program-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return buildProgram(folder);
}
