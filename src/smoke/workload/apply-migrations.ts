import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { OpsError } from "../../errors.ts";
import type { Installation } from "../../postgres/installations.ts";
import type { ConnectionSettings } from "../../postgres/settings.ts";
import { runTool } from "../../postgres/tool.ts";

interface MigrationRun {
  readonly installation: Installation;
  readonly settings: ConnectionSettings;
  readonly database: string;
  readonly signal?: AbortSignal;
}

/**
 * Applies a product's own migrations by psql: every `.sql` file of the folder in the order of their names, but for `.down.sql`.
 *
 * @returns the names of the files
 * @throws OpsError bad-input: no folder, nothing in it, or a file that fails (named, with the server's first error)
 */
export async function applyMigrations(folder: string, run: MigrationRun): Promise<readonly string[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new OpsError(
      "bad-input",
      `cannot read the migrations folder ${folder}`,
      "give a folder of .sql files to --migrations",
      { cause },
    );
  });
  const files = names.filter((name) => name.endsWith(".sql") && !name.endsWith(".down.sql")).toSorted();
  if (files.length === 0) {
    throw new OpsError(
      "bad-input",
      `there is no .sql file in ${folder}`,
      "give a folder of plain SQL migrations to --migrations",
    );
  }
  for (const file of files) {
    const args = ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", join(folder, file)];
    const end = await runTool({ ...run, tool: "psql", args });
    if (end.exitCode === 0) continue;
    const error =
      end.stderr.find((line) => line.includes("ERROR")) ?? end.stderr[0] ?? `psql ended with ${end.exitCode}`;
    throw new OpsError(
      "bad-input",
      `migration ${file} fails: ${error}`,
      "the migrations must apply to an empty database, in the order of their names",
    );
  }
  return files;
}
