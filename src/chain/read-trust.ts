import { basename, resolve } from "node:path";
import type { Trust } from "../audit/checkpoints/read-checkpoint.ts";
import { readPublicKeys } from "../audit/note/public-keys.ts";
import { parseSigningKey } from "../audit/note/signing-key.ts";
import type { SigningKey } from "../audit/note/signing-key.ts";
import { parsePolicy } from "../audit/note/tlog-policy.ts";
import { OpsError } from "../errors.ts";
import { readSmallFile } from "../run/read-small-file.ts";

/** Reads `--public-key` and `--policy`. Throws `bad-input`, `bad-config`, `file-unreadable`. */
export async function readTrust(
  given: { readonly publicKeys: readonly string[]; readonly policy: string | null },
  cwd: string,
): Promise<Trust> {
  return {
    keys: await readPublicKeys(given.publicKeys, cwd),
    policy:
      given.policy === null
        ? null
        : parsePolicy(await read(resolve(cwd, given.policy), given.policy, "policy"), given.policy),
  };
}

/** Reads `--key FILE`. Throws `file-unreadable`, `bad-input`. */
export async function readSigningKey(path: string, cwd: string): Promise<SigningKey> {
  const bytes = await read(resolve(cwd, path), path, "key");
  return parseSigningKey(bytes.toString("utf8"), path, basename(path).replace(/\.[^.]*$/, ""));
}

async function read(absolute: string, shown: string, what: string): Promise<Buffer> {
  try {
    return await readSmallFile(absolute);
  } catch (cause) {
    throw new OpsError(
      "file-unreadable",
      `cannot read the ${what} ${shown}: ${cause instanceof Error ? cause.message : String(cause)}`,
      "check the path and who may read it",
      { cause },
    );
  }
}
