import { statSync } from "node:fs";
import { resolve } from "node:path";
import { baseOriginOf } from "../audit/checkpoints/checkpoint-state.ts";
import type { KnownCheckpoint } from "../audit/checkpoints/known-checkpoint.ts";
import { readCheckpointNote, readIdentity } from "../audit/checkpoints/read-checkpoint.ts";
import type { Trust } from "../audit/checkpoints/read-checkpoint.ts";
import type { ClusterIdentity } from "../audit/note/identity.ts";
import { OpsError } from "../errors.ts";

/**
 * The checkpoint that stands where a new one is to go; null where there is none. One of another chain, or that nobody who is
 * known has signed, is evidence that is not to be lost. Throws `bad-input`, `untrusted-checkpoint`, `unreadable-checkpoint`.
 */
export async function readReplaced(
  path: string,
  baseOrigin: string,
  { cwd, trust }: { readonly cwd: string; readonly trust: Trust },
): Promise<KnownCheckpoint | null> {
  const absolute = resolve(cwd, path);
  if ((statSync(absolute, { throwIfNoEntry: false })?.size ?? 0) === 0) return null;
  // The quorum was asked for when it was made.
  const own: Trust = { keys: [...trust.keys, ...(trust.policy?.logs ?? [])], policy: null };
  const opened = await readCheckpointNote(path, cwd, own).catch((error: unknown) => {
    if (!(error instanceof OpsError) || error.code !== "untrusted-checkpoint") throw error;
    throw new OpsError(error.code, `${error.message}; it is not written over`, another, { cause: error });
  });
  if (baseOriginOf(opened.head.origin) === baseOrigin)
    return { path, ...opened, identity: await identityOf(path, opened, { cwd, trust: own }) };
  throw new OpsError(
    "bad-input",
    `${path} is a checkpoint of another chain, ${opened.head.origin}: it is not written over by one of ${baseOrigin}`,
    another,
  );
}

const another =
  "name another file with --out, or move that one away; --public-key names the key of whoever signed it";

/** A run that was killed between the two files leaves a newer note beside an older checkpoint: then it has none. */
async function identityOf(
  path: string,
  checkpoint: Pick<KnownCheckpoint, "textSha256" | "head">,
  { cwd, trust }: { readonly cwd: string; readonly trust: Trust },
): Promise<ClusterIdentity | null> {
  try {
    return await readIdentity(`${path}.identity`, cwd, trust, checkpoint);
  } catch (error) {
    if (error instanceof OpsError) return null;
    throw error;
  }
}
