import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { decodeNote, parseNote } from "../../../audit/note/signed-note.ts";
import { findEvents } from "../../../audit/proof/find-events.ts";
import { createProofCollector } from "../../../audit/proof/proof-collector.ts";
import { createRowCodec } from "../../../audit/rows/row-codec.ts";
import { verifyChain } from "../../../audit/verify-chain.ts";
import { OpsError } from "../../../errors.ts";
import type { BinaryRow } from "../../../postgres/copy-binary.ts";
import type { Environment } from "../../../postgres/settings.ts";
import { openNewFolder } from "../../../run/new-folder.ts";
import { readGivenCheckpoint } from "../../given-checkpoint.ts";
import { openChain } from "../../open-chain.ts";
import { readSigningKey, readTrust } from "../../read-trust.ts";
import type { BundlePorts } from "../ports.ts";

interface World {
  readonly env: Environment;
  readonly cwd: string;
  readonly signal: AbortSignal;
}

/** The chain of a live database in one snapshot, checkpoints and keys of files, a folder. */
export function liveBundle(world: World): BundlePorts {
  const { cwd, signal } = world;
  return {
    async readGiven(input) {
      const trust = await readTrust(input, cwd);
      const checkpoints = await Promise.all(
        input.checkpoints.map(async (path) => ({
          ...(await readGivenCheckpoint(path, cwd, trust)),
          identityNote: await readIdentityNote(`${path}.identity`, cwd),
        })),
      );
      return {
        checkpoints: checkpoints.toSorted((one, other) => one.head.size - other.head.size),
        trust,
        policyText: input.policy === null ? null : await readFile(resolve(cwd, input.policy), "utf8"),
        key: input.key === null ? null : await readSigningKey(input.key, cwd),
      };
    },
    openFolder: (path) => openNewFolder(resolve(cwd, path)),
    async openChain(input) {
      const chain = await openChain(input, world, "chain bundle");
      const { session, place } = chain;
      const profile = place.definition;
      return {
        facts: chain.facts,
        identity: chain.identity,
        profile,
        async gather(events, sizes, onLine, onProgress) {
          const proofs = createProofCollector(profile, await findEvents(session, place, events));
          const codec = createRowCodec(profile);
          const onRow = (row: BinaryRow): void => {
            onLine(codec.write(row));
            proofs.onRow(row);
          };
          const options = { waypoints: sizes, onProgress, signal };
          const verification = await verifyChain(session, place, { ...options, ...proofs, onRow });
          return { verification, proofs };
        },
        [Symbol.asyncDispose]: () => chain[Symbol.asyncDispose](),
      };
    },
  };
}

/** Null where there is none. Whoever is trusted has already vouched for it. */
async function readIdentityNote(path: string, cwd: string): Promise<string | null> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(resolve(cwd, path));
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return null;
    throw new OpsError(
      "unreadable-checkpoint",
      `${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      "name a checkpoint beside whose file you may read too",
      { cause },
    );
  }
  const note = decodeNote(bytes, path);
  parseNote(note, path);
  return note;
}
