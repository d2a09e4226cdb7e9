import { lockFolder } from "../../run/lock-folder.ts";
import type { ServerIdentity } from "../cluster-identity.ts";
import { parseCheckpoint } from "../note/checkpoint.ts";
import type { TreeHead } from "../note/checkpoint.ts";
import { addSignatureLines, parseNote, signatureLines } from "../note/signed-note.ts";
import type { SigningKey } from "../note/signing-key.ts";
import type { ChainSnapshot } from "../open-snapshot.ts";
import { verifyChain } from "../verify-chain.ts";
import type { ChainMark, ChainVerification } from "../verify-chain.ts";
import { submitCheckpoint } from "../witness/submit-checkpoint.ts";
import { takeCosignatures } from "../witness/take-cosignatures.ts";
import {
  baseOriginOf,
  checkpointFolder,
  currentOrigin,
  keepCheckpoint,
  keepWitnessedSize,
  makeFolder,
  readCheckpointState,
  witnessKey,
} from "./checkpoint-state.ts";
import type { CheckpointState } from "./checkpoint-state.ts";
import { createProofs } from "./consistency-proofs.ts";
import { judgeAnchors } from "./judge-anchors.ts";
import type { AnchoredVerification } from "./judge-anchors.ts";
import type { KnownCheckpoint } from "./known-checkpoint.ts";
import type { Trust } from "./read-checkpoint.ts";
import { signCheckpoint } from "./sign-checkpoint.ts";
import type { SignedCheckpoint } from "./sign-checkpoint.ts";

/** A chain, the key that is to sign it, and what that key has signed of it before; nobody else may sign it meanwhile. */
export interface HeldChain extends AsyncDisposable, Pick<CheckpointState, "acceptances" | "rebaselines"> {
  readonly snapshot: ChainSnapshot;
  readonly identity: ServerIdentity | null;
  /** Of the key that signs: what whoever verifies is to be given. */
  readonly vkey: string;
  /** `<key name>/<chain id>`, and the number of restores that were accepted. */
  readonly origin: string;
  /** Null when it was never signed. */
  readonly last: KnownCheckpoint | null;
  /** What stands where the new one is to go, if that is another than the last. */
  readonly replaced: KnownCheckpoint | null;
  verify(
    onProgress: (rows: number, total?: number) => void,
    options?: {
      /** Reads only what came after, where no witness is going to ask for more. */
      readonly since?: ChainMark | null;
      /** Sizes at which the chain is to be marked, too. */
      readonly waypoints?: readonly number[];
    },
  ): Promise<ChainVerification>;
  /** Signs, and has what was signed on disk before it returns. */
  sign(head: TreeHead): Promise<SignedCheckpoint>;
  /**
   * Asks a witness to cosign, and keeps what it says. Returns the checkpoint with its cosignature. Throws `witness-conflict`,
   * `witness-refused`, `witness-unreachable`, `untrusted-checkpoint` for a cosignature of an unknown key.
   */
  witness(url: string, signed: SignedCheckpoint): Promise<SignedCheckpoint>;
}

export interface HoldOptions {
  readonly key: SigningKey;
  /** The key's own among them. */
  readonly trust: Trust;
  /** The state folder of chains. */
  readonly stateDir: string;
  /** The origin without the number of restores that were accepted. */
  readonly base: string;
  /** What the new one would be written over. */
  readonly readReplaced: () => Promise<KnownCheckpoint | null>;
  readonly open: () => Promise<ChainSnapshot>;
  /** Whether witnesses are going to be asked. */
  readonly isWitnessed: boolean;
  readonly signal: AbortSignal;
}

/** Throws `state-in-use`, `unreadable-checkpoint` and `untrusted-checkpoint` for what is kept, and what opening throws. */
export async function holdChainToSign(options: HoldOptions): Promise<HeldChain> {
  const { key, trust, base, signal } = options;
  const folder = checkpointFolder(options.stateDir, base);
  makeFolder(folder, base);
  await using stack = new AsyncDisposableStack();
  stack.use(await lockFolder(folder));
  const state = await readCheckpointState(folder, base, trust);
  const there = await options.readReplaced();
  const replaced = there?.textSha256 === state.last?.textSha256 ? null : there;
  // Only now: a snapshot that is older than what another process signed meanwhile would look as if rows had been cut off.
  const snapshot = stack.use(await options.open());
  const proofs = createProofs(snapshot, state.witnessedSizes, signal);
  const owned = stack.move();
  return {
    snapshot,
    identity: snapshot.identity,
    vkey: key.vkey,
    origin: currentOrigin(base, state.acceptances),
    last: state.last,
    replaced,
    acceptances: state.acceptances,
    rebaselines: state.rebaselines,
    verify: (onProgress, { since, waypoints = [] } = {}) =>
      verifyChain(snapshot.session, snapshot.place, {
        waypoints: [
          ...waypoints,
          ...[state.last, replaced].flatMap((each) => (each === null ? [] : [each.head.size])),
          ...state.acceptances.map(({ after }) => after.size),
        ],
        ...(options.isWitnessed ? { onLeaf: proofs.onLeaf } : {}),
        // Of an empty chain nothing is known but its name.
        ...(since && since.size > 0 && !options.isWitnessed ? { since } : {}),
        onProgress,
        signal,
      }),
    async sign(head) {
      const fresh = signCheckpoint(head, snapshot.identity, key);
      // What was said of the very same checkpoint before, such as a witness's word, goes on being said.
      const before = state.last?.textSha256 === fresh.textSha256 ? signatureLines(state.last.note) : [];
      const signed = { ...fresh, note: addSignatureLines(fresh.note, before) };
      keepCheckpoint(folder, base, signed);
      return signed;
    },
    async witness(url, signed) {
      const oldSize = state.witnessedSizes.get(witnessKey(url)) ?? 0;
      const { prove } = proofs;
      const lines = await submitCheckpoint(url, signed.note, { oldSize, prove, signal, timeoutMs });
      const note = takeCosignatures(signed.note, lines, url, trust);
      keepCheckpoint(folder, base, { ...signed, note });
      keepWitnessedSize(folder, url, parseCheckpoint(parseNote(note).text).size);
      return { ...signed, note };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const timeoutMs = 30_000;

/**
 * What was signed last is one more checkpoint to compare the chain with; so is what the new one would be written over: where the
 * state was lost, it is all that is left of what was promised.
 */
export function judgeAgainstLast(
  chain: Pick<HeldChain, "origin" | "last" | "replaced" | "acceptances" | "rebaselines" | "identity">,
  verification: ChainVerification,
): AnchoredVerification {
  const { last, replaced, acceptances, rebaselines } = chain;
  const states = new Map([[baseOriginOf(chain.origin), { acceptances, rebaselines }]]);
  const anchors = { checkpoints: [last, replaced].filter((each) => each !== null), states };
  return judgeAnchors(verification, anchors, chain.identity);
}
