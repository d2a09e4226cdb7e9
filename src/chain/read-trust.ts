import { resolve } from "node:path";
import type { Trust } from "../audit/checkpoints/read-checkpoint.ts";
import { readPublicKeys } from "../audit/note/public-keys.ts";
import { parsePolicy } from "../audit/note/tlog-policy.ts";
import { OpsError } from "../errors.ts";
import { readSmallFile } from "../run/read-small-file.ts";

/** Reads `--public-key` and `--policy`. Throws `bad-input`, `bad-config`, `file-unreadable`. */
export async function readTrust(
  given: { readonly publicKeys: readonly string[]; readonly policy: string | null },
  cwd: string,
): Promise<Trust> {
  return (await readTrustAndPolicy(given, cwd)).trust;
}

/** The same, and the text of the policy, null without one: a pipe can be read only once. */
export async function readTrustAndPolicy(
  { publicKeys, policy }: { readonly publicKeys: readonly string[]; readonly policy: string | null },
  cwd: string,
): Promise<{ readonly trust: Trust; readonly policyText: string | null }> {
  const keys = await readPublicKeys(publicKeys, cwd);
  if (policy === null) return { trust: { keys, policy }, policyText: null };
  const bytes = await read(resolve(cwd, policy), policy);
  return { trust: { keys, policy: parsePolicy(bytes, policy) }, policyText: bytes.toString("utf8") };
}

async function read(absolute: string, shown: string): Promise<Buffer> {
  try {
    return await readSmallFile(absolute);
  } catch (cause) {
    throw new OpsError(
      "file-unreadable",
      `cannot read the policy ${shown}: ${cause instanceof Error ? cause.message : String(cause)}`,
      "check the path and who may read it",
      { cause },
    );
  }
}
