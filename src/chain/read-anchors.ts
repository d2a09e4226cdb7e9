import {
  baseOriginOf,
  checkpointFolder,
  readCheckpointState,
} from "../audit/checkpoints/checkpoint-state.ts";
import type { Anchors } from "../audit/checkpoints/judge-anchors.ts";
import { readCheckpoint } from "../audit/checkpoints/read-checkpoint.ts";
import type { KnownCheckpoint } from "../audit/checkpoints/known-checkpoint.ts";
import type { Trust } from "../audit/checkpoints/read-checkpoint.ts";

/**
 * Reads checkpoints from files, and what their operators signed besides from the state folder.
 *
 * @throws OpsError unreadable-checkpoint, untrusted-checkpoint
 */
export async function readAnchors(
  paths: readonly string[],
  { trust, stateDir, cwd }: { readonly trust: Trust; readonly stateDir: string; readonly cwd: string },
): Promise<Anchors> {
  const checkpoints = await Promise.all(paths.map((path) => readCheckpoint(path, cwd, trust)));
  return { checkpoints, states: await readStates(checkpoints, { trust, stateDir }) };
}

/** What the operators of chains signed besides, by the checkpoints' origins without their numbers. */
export async function readStates(
  checkpoints: readonly Pick<KnownCheckpoint, "head">[],
  { trust, stateDir }: { readonly trust: Trust; readonly stateDir: string },
): Promise<Anchors["states"]> {
  const origins = [...new Set(checkpoints.map(({ head }) => baseOriginOf(head.origin)))];
  return new Map(
    await Promise.all(
      origins.map(
        async (each) =>
          [each, await readCheckpointState(checkpointFolder(stateDir, each), each, trust)] as const,
      ),
    ),
  );
}
