import type { SignedCheckpoint } from "../../audit/checkpoints/sign-checkpoint.ts";
import type { QuorumJudgement } from "../../audit/witness/judge-quorum.ts";
import { OpsError } from "../../errors.ts";
import { fromHex } from "../../run/sha256.ts";
import { step } from "../../run/step.ts";
import { judgeAgainstLast } from "../../audit/checkpoints/hold-chain-to-sign.ts";
import { requireReplayed } from "../../audit/checkpoints/require-replayed.ts";
import { requireCompared } from "../../audit/checkpoints/require-vouched.ts";
import type { ChainToSign } from "../chain-to-sign.ts";
import { identityUnknown } from "../identity-unknown.ts";
import type { ChainRunFact } from "../chain-run.ts";
import type { CheckpointInput } from "./input.ts";

/** What was signed. */
export interface SignedFacts {
  readonly path: string;
  readonly origin: string;
  /** The vkey of the key that signed it. */
  readonly signedBy: string;
  readonly size: number;
  /** Hex. */
  readonly rootHash: string;
  /** Size of the last checkpoint that it extends; null for the first. */
  readonly extended: number | null;
  /** Whether a note beside it names the cluster. */
  readonly hasIdentity: boolean;
}

export type CheckpointEvent =
  | ChainRunFact
  /** Those that are listed and those that are not. */
  | { readonly type: "chain-refused"; readonly findingsTotal: number }
  | { readonly type: "checkpoint-signed"; readonly signed: SignedFacts }
  | { readonly type: "checkpoint-witnessed"; readonly witness: string }
  | { readonly type: "witness-refused"; readonly witness: string; readonly detail: string }
  | ({ readonly type: "quorum-judged" } & QuorumJudgement);

export interface CheckpointPorts {
  /** Opens the chain, its key, and what was signed of it before. */
  open(input: CheckpointInput): Promise<ChainToSign>;
}

export type CheckpointVerdict = "signed" | "refused" | "conflict" | "not-run";

/**
 * Verifies the chain, and that it extends what was signed before; signs it; has that on disk before anybody sees it; asks the
 * witnesses. What is broken, or extends nothing, is not signed.
 */
export async function* runCheckpoint(
  input: CheckpointInput,
  ports: CheckpointPorts,
): AsyncGenerator<CheckpointEvent, CheckpointVerdict> {
  await using chain = yield* step("open", "Find the chain", () => ports.open(input), {
    describe: ({ facts, origin }) => `${facts.schema}.${facts.table}, ${origin}`,
  });
  yield { type: "chain-found", chain: chain.facts };
  if (chain.identity === null) {
    yield { type: "noted", message: identityUnknown };
  }
  const anchored = yield* step(
    "walk",
    "Hash every event",
    async (progress) => judgeAgainstLast(chain, await chain.verify(progress)),
    {
      unit: "rows",
      describe: ({ verification: { verifierWalked, findingsTotal } }) =>
        `${verifierWalked} rows, ${findingsTotal} findings`,
    },
  );
  const { verification } = anchored;
  for (const message of verification.notes) yield { type: "noted", message };
  for (const finding of verification.findings) yield { type: "finding-made", finding };
  if (verification.findingsTotal > 0) {
    yield { type: "chain-refused", findingsTotal: verification.findingsTotal };
    return "refused";
  }
  requireReplayed(anchored);
  requireCompared(
    anchored,
    "bring the state folder back as it was; or name the newest checkpoint that was signed of this chain with --out, which the new one then replaces",
  );

  const { origin } = chain;
  const head = {
    origin,
    size: verification.treeSize,
    root: fromHex(verification.rootHash) ?? new Uint8Array(0),
  };
  const signed = yield* step("sign", "Sign the checkpoint", async () => {
    const checkpoint = await chain.sign(head);
    chain.write(input.out, checkpoint);
    return checkpoint;
  });
  yield {
    type: "checkpoint-signed",
    signed: {
      path: input.out,
      origin,
      signedBy: chain.vkey,
      size: head.size,
      rootHash: verification.rootHash,
      extended: chain.last?.head.origin === origin ? chain.last.head.size : null,
      hasIdentity: signed.identityNote !== null,
    },
  };
  return yield* askWitnesses(input, chain, signed);
}

/** Every witness is asked, whatever the others say. One that cannot be reached ends the run with its error, once all were asked. */
async function* askWitnesses(
  { out, witnesses }: CheckpointInput,
  chain: ChainToSign,
  checkpoint: SignedCheckpoint,
): AsyncGenerator<CheckpointEvent, CheckpointVerdict> {
  let signed = checkpoint;
  let failure: Error | undefined;
  let verdict: CheckpointVerdict = "signed";
  for (const [index, url] of witnesses.entries()) {
    try {
      const name = hostOf(url);
      signed = yield* step(`witness-${index + 1}`, `Ask ${name}`, () => chain.witness(url, signed));
      chain.write(out, signed);
      yield { type: "checkpoint-witnessed", witness: hostOf(url) };
    } catch (error) {
      if (error instanceof OpsError && error.code === "witness-conflict") {
        verdict = "conflict";
        yield { type: "witness-refused", witness: hostOf(url), detail: error.message };
      } else if (error instanceof OpsError) failure ??= error;
      else throw error;
    }
  }
  const quorum = chain.quorum(signed);
  if (quorum !== null) yield { type: "quorum-judged", ...quorum };
  if (verdict === "signed" && failure !== undefined) throw failure;
  return verdict;
}

/** A URL as it may be shown: without user, password and query. */
function hostOf(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? "the witness" : `${parsed.host}${parsed.pathname === "/" ? "" : parsed.pathname}`;
}
