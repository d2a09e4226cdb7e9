import { spawnSync } from "node:child_process";
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
