import { resolve } from "node:path";
import { checkpointFolder, keepOperatorNote } from "../audit/checkpoints/checkpoint-state.ts";
import { holdChainToSign } from "../audit/checkpoints/hold-chain-to-sign.ts";
import { formatRebaseline } from "../audit/checkpoints/operator-notes.ts";
import { readSigningKey } from "../audit/note/read-signing-key.ts";
import { signNote } from "../audit/note/signed-note.ts";
import { parseVerifierKey } from "../audit/note/vkey.ts";
import { judgeQuorum } from "../audit/witness/judge-quorum.ts";
import type { Environment } from "../postgres/settings.ts";
import { openChain } from "./open-chain.ts";
import { originToSign } from "./origin-to-sign.ts";
import { readReplaced } from "./read-replaced.ts";
import { readTrust } from "./read-trust.ts";
import { signature } from "./signature.ts";
import { stateFolder } from "./state-folder.ts";
import { writeCheckpoint } from "./write-checkpoint.ts";
import type { ChainToSign, ChainToSignInput } from "./chain-to-sign.ts";

interface World {
  readonly env: Environment;
  readonly cwd: string;
  readonly configPath: string | null;
  readonly signal: AbortSignal;
}

/**
 * Opens the chain of a live database in one snapshot, the key, and what was signed of it before. Throws what connecting
 * throws, `bad-input` for the key, `unreadable-checkpoint` and `untrusted-checkpoint` for what is kept.
 */
export async function openChainToSign(
  input: ChainToSignInput,
  world: World,
  command: string,
): Promise<ChainToSign> {
  const { cwd, signal } = world;
  const key = await readSigningKey(input.key, cwd);
  const given = await readTrust(input, cwd);
  const trust = { ...given, keys: [...given.keys, parseVerifierKey(key.vkey)] };
  const base = await originToSign(input, world, command, key.name);
  const stateDir = await stateFolder(input.state, world);
  const { out } = input;
  const { snapshot, ...held } = await holdChainToSign({
    key,
    trust,
    stateDir,
    base,
    readReplaced: async () => (out === null ? null : readReplaced(out, base, { cwd, trust })),
    open: () => openChain(input, world, command),
    isWitnessed: input.witnesses.length > 0,
    signal,
  });
  return {
    ...held,
    facts: snapshot.facts,
    write: (path, signed) => writeCheckpoint(resolve(cwd, path), signed),
    quorum: ({ note }) =>
      given.policy === null ? null : judgeQuorum(note, parseVerifierKey(key.vkey), given.policy),
    async rebaseline(rebaseline) {
      const text = formatRebaseline({ ...rebaseline, ...signature() });
      keepOperatorNote(checkpointFolder(stateDir, base), base, "rebaseline", signNote(text, [key]));
    },
  };
}
