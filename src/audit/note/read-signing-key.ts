import { basename, resolve } from "node:path";
import { OpsError } from "../../errors.ts";
import { parseSigningKey } from "./signing-key.ts";
import type { SigningKey } from "./signing-key.ts";
import { readSmallFile } from "../../run/read-small-file.ts";

/**
 * Reads the key file that `--key` names, of a key that signs what is its own. A PEM key is named by its file, without the
 * extension.
 *
 * @param cwd what a relative path starts from
 * @throws OpsError file-unreadable, bad-input, also for a witness's key; none shows what is in the file
 */
export async function readSigningKey(path: string, cwd: string): Promise<SigningKey> {
  const key = await readWitnessKey(path, cwd);
  if (key.purpose === "log") return key;
  throw new OpsError(
    "bad-input",
    `${path} is the key of the witness ${key.name}: it cosigns others' checkpoints, and signs nothing else`,
    "sign with a key of the chain's own: custody chain keygen --name NAME --out FILE",
  );
}

/** The same for a key that cosigns: a witness's, or one that was made before files said what a key is for. */
export async function readWitnessKey(path: string, cwd: string): Promise<SigningKey> {
  // A path is shown in errors, and errors stand in logs.
  if (/PRIVATE\+KEY\+|-----BEGIN/.test(path)) {
    throw new OpsError(
      "bad-input",
      "what was given is a private key itself, and not the path of its file: whoever sees this command's arguments has seen it",
      "write the key to a file that only you can read, and name that; better, make a new one: custody chain keygen",
    );
  }
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
