import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runTool } from "../../src/postgres/tool.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";
import { testTools } from "./cluster.ts";

/** Dumps a database as somebody else would, with any options of pg_dump's, into a folder; returns the archive's path. */
export async function dumpTo(
  folder: string,
  settings: ConnectionSettings,
  name: string,
  ...args: readonly string[]
): Promise<string> {
  const path = join(folder, name);
  const installation = await testTools();
  const { exitCode, stderr } = await runTool({
    installation,
    tool: "pg_dump",
    args: [...args, "-f", path],
    settings,
  });
  if (exitCode !== 0) throw new Error(`pg_dump: ${stderr.join("\n")}`);
  return path;
}

/** The manifest as if it had been written with this very file: what is in the file is then measured by its rows, not by its bytes. */
export function manifestFor(manifest: string, archive: string): string {
  const path = `${archive}.manifest`;
  const sha256 = new Bun.CryptoHasher("sha256").update(readFileSync(archive)).digest("hex");
  const document = JSON.parse(readFileSync(manifest, "utf8"));
  writeFileSync(path, JSON.stringify({ ...document, archive: { ...document.archive, sha256, stamp: null } }));
  return path;
}
