import { basename, resolve } from "node:path";
import { OpsError } from "../../errors.ts";
import { parseSigningKey } from "./signing-key.ts";
import type { SigningKey } from "./signing-key.ts";
import { readSmallFile } from "../../run/read-small-file.ts";

/**
 * Reads the key file that `--key` names. A PEM key is named by its file, without the extension.
 *
 * @param cwd what a relative path starts from
 * @throws OpsError file-unreadable, bad-input; none shows what is in the file
 */
export async function readSigningKey(path: string, cwd: string): Promise<SigningKey> {
  const bytes = await readSmallFile(resolve(cwd, path)).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OpsError(
      "file-unreadable",
      `cannot read the key ${path}: ${why}`,
      "check the path and who may read it",
      { cause },
    );
  });
  return parseSigningKey(bytes.toString("utf8"), path, basename(path).replace(/\.[^.]*$/, ""));
}
