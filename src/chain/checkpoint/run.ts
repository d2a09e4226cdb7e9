import type { Finding } from "../../audit/finding.ts";
import type { StepFact } from "../../run/contract.ts";
import { fromHex } from "../../run/sha256.ts";
import { step } from "../../run/step.ts";
import { judgeAgainstLast } from "../chain-to-sign.ts";
import type { ChainToSign } from "../chain-to-sign.ts";
import type { ChainFacts } from "../open-chain.ts";
import type { CheckpointInput } from "./input.ts";

/** What was signed. */
export interface SignedFacts {
  readonly path: string;
  readonly origin: string;
  readonly size: number;
  /** Hex. */
  readonly rootHash: string;
  /** Size of the last checkpoint that it extends; null for the first. */
  readonly extended: number | null;
  /** Whether a note beside it names the cluster. */
  readonly hasIdentity: boolean;
}

export type CheckpointEvent =
  | StepFact
  | { readonly type: "chain-found"; readonly chain: ChainFacts }
  | { readonly type: "finding-made"; readonly finding: Finding }
  | { readonly type: "checkpoint-signed"; readonly signed: SignedFacts };

export interface CheckpointPorts {
  /** Opens the chain, its key, and what was signed of it before. */
  open(input: CheckpointInput): Promise<ChainToSign>;
}

export type CheckpointVerdict = "signed" | "refused" | "not-run";

/**
 * Verifies the chain, and that it extends what was signed before; signs it; has that on disk before anybody sees it. What is broken, or extends nothing, is not signed.
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
    yield {
      type: "noted",
      message:
        "this role may not ask for the cluster's identity: a restore will look like a truncation (GRANT EXECUTE ON FUNCTION pg_control_system, pg_control_checkpoint)",
    };
  }
  const verification = yield* step(
    "walk",
    "Hash every event",
    async (progress) => judgeAgainstLast(chain, await chain.verify(progress)),
    {
      unit: "rows",
      describe: ({ verifierWalked, findingsTotal }) => `${verifierWalked} rows, ${findingsTotal} findings`,
    },
  );
  for (const message of verification.notes) yield { type: "noted", message };
  for (const finding of verification.findings) yield { type: "finding-made", finding };
  if (verification.findingsTotal > 0) return "refused";

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
      size: head.size,
      rootHash: verification.rootHash,
      extended: chain.last?.head.origin === origin ? chain.last.head.size : null,
      hasIdentity: signed.identityNote !== null,
    },
  };
  return "signed";
}
