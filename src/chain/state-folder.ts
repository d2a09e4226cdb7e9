import { join, resolve } from "node:path";
import { loadConfig } from "../config/load.ts";
import type { Environment } from "../config/folders.ts";

/** `--state DIR`, else the state folder of the configuration. Absolute. */
export async function stateFolder(
  given: string | null,
  world: { readonly env: Environment; readonly cwd: string; readonly configPath: string | null },
): Promise<string> {
  if (given !== null) return resolve(world.cwd, given);
  const { stateDir } = await loadConfig({ path: world.configPath, cwd: world.cwd, env: world.env });
  return join(stateDir, "chain");
}
