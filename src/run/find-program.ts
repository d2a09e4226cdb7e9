import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** Where programs are that a service's short PATH leaves out: servers, most of all. */
const usualFolders = ["/usr/local/bin", "/usr/bin", "/usr/local/sbin", "/usr/sbin", "/opt/homebrew/bin"];

/** The first program of these names that may be run, in PATH and the usual folders; null where there is none. */
export async function findProgram(
  names: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | null> {
  const folders = [...(env["PATH"] ?? "").split(delimiter), ...usualFolders].filter((each) =>
    each.startsWith("/"),
  );
  for (const name of names) {
    for (const folder of folders) {
      const path = join(folder, name);
      if (await isProgram(path)) return path;
    }
  }
  return null;
}

/** Whether a file is there and may be run. */
export async function isProgram(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
