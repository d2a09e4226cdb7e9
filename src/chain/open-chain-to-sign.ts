import { resolve } from "node:path";
import {
  checkpointFolder,
  currentOrigin,
  keepCheckpoint,
  keepOperatorNote,
  keepWitnessedSize,
  makeFolder,
  readCheckpointState,
  witnessKey,
} from "../audit/checkpoints/checkpoint-state.ts";
import { formatRebaseline } from "../audit/checkpoints/operator-notes.ts";
import { signCheckpoint } from "../audit/checkpoints/sign-checkpoint.ts";
import { parseCheckpoint } from "../audit/note/checkpoint.ts";
import { addSignatureLines, parseNote, signatureLines, signNote } from "../audit/note/signed-note.ts";
import { parseVerifierKey } from "../audit/note/vkey.ts";
import { verifyChain } from "../audit/verify-chain.ts";
import { judgeQuorum } from "../audit/witness/judge-quorum.ts";
import { submitCheckpoint } from "../audit/witness/submit-checkpoint.ts";
import { takeCosignatures } from "../audit/witness/take-cosignatures.ts";
import { lockFolder } from "../run/lock-folder.ts";
import type { Environment } from "../postgres/settings.ts";
import { openChain } from "./open-chain.ts";
import { originToSign } from "./origin-to-sign.ts";
import { createProofs } from "./consistency-proofs.ts";
import { readReplaced } from "./read-replaced.ts";
import { readSigningKey } from "../audit/note/read-signing-key.ts";
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
  const folder = checkpointFolder(await stateFolder(input.state, world), base);
  makeFolder(folder, base);
  await using stack = new AsyncDisposableStack();
  stack.use(await lockFolder(folder));
  const state = await readCheckpointState(folder, base, trust);
  const there = input.out === null ? null : await readReplaced(input.out, base, { cwd, trust });
  const replaced = there?.textSha256 === state.last?.textSha256 ? null : there;
  // Only now: a snapshot that is older than what another process signed meanwhile would look as if rows had been cut off.
  const chain = stack.use(await openChain(input, world, command));
  const proofs = createProofs(chain, state.witnessedSizes, signal);
  const origin = currentOrigin(base, state.acceptances);
  const owned = stack.move();
  return {
    facts: chain.facts,
    identity: chain.identity,
    vkey: key.vkey,
    origin,
    last: state.last,
    replaced,
    acceptances: state.acceptances,
    rebaselines: state.rebaselines,
    verify: (onProgress) =>
      verifyChain(chain.session, chain.place, {
        waypoints: [
          ...[state.last, replaced].flatMap((each) => (each === null ? [] : [each.head.size])),
          ...state.acceptances.map(({ after }) => after.size),
        ],
        ...(input.witnesses.length === 0 ? {} : { onLeaf: proofs.onLeaf }),
        onProgress,
        signal,
      }),
    async sign(head) {
      const fresh = signCheckpoint(head, chain.identity, key);
      // What was said of the very same checkpoint before, such as a witness's word, goes on being said.
      const before = state.last?.textSha256 === fresh.textSha256 ? signatureLines(state.last.note) : [];
      const signed = { ...fresh, note: addSignatureLines(fresh.note, before) };
      keepCheckpoint(folder, base, signed);
      return signed;
    },
    write: (path, signed) => writeCheckpoint(resolve(cwd, path), signed),
    async witness(url, signed) {
      const oldSize = state.witnessedSizes.get(witnessKey(url)) ?? 0;
      const { prove } = proofs;
      const lines = await submitCheckpoint(url, signed.note, { oldSize, prove, signal, timeoutMs });
      const note = takeCosignatures(signed.note, lines, url, trust);
      keepCheckpoint(folder, base, { ...signed, note });
      keepWitnessedSize(folder, url, parseCheckpoint(parseNote(note).text).size);
      return { ...signed, note };
    },
    quorum: ({ note }) =>
      given.policy === null ? null : judgeQuorum(note, parseVerifierKey(key.vkey), given.policy),
    async rebaseline(rebaseline) {
      const text = formatRebaseline({ ...rebaseline, ...signature() });
      keepOperatorNote(folder, base, "rebaseline", signNote(text, [key]));
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const timeoutMs = 30_000;
