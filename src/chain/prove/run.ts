import { judgeAnchors } from "../../audit/checkpoints/judge-anchors.ts";
import type { AnchoredVerification } from "../../audit/checkpoints/judge-anchors.ts";
import { OpsError } from "../../errors.ts";
import { step } from "../../run/step.ts";
import { checkpointFacts } from "../given-checkpoint.ts";
import type { CheckpointFacts, GivenCheckpoint } from "../given-checkpoint.ts";
import type { ChainRunFact } from "../chain-run.ts";
import type { ProveInput } from "./input.ts";
import type { ProvePorts, ProvedChain } from "./ports.ts";
import { requireReplayed } from "../../audit/checkpoints/require-replayed.ts";

/** What was written. */
interface ProofFacts {
  readonly path: string;
  /** Of the event's leaf, from 0. */
  readonly index: number;
}

export type ProveEvent =
  | ChainRunFact
  | { readonly type: "checkpoint-read"; readonly checkpoint: CheckpointFacts }
  | { readonly type: "chain-verified"; readonly findingsTotal: number }
  | { readonly type: "event-proved"; readonly proof: ProofFacts };

export type ProveVerdict = "proved" | "refused" | "not-run";

/** Verifies the chain, compares it with the checkpoint, and writes the proof of one event. Of a chain with findings nothing is proved. */
export async function* runProve(
  input: ProveInput,
  ports: ProvePorts,
): AsyncGenerator<ProveEvent, ProveVerdict> {
  using file = ports.openProof(input.out);
  const checkpoint = yield* step("checkpoint", "Read the checkpoint", () => ports.readCheckpoint(input), {
    describe: ({ head }) => `${head.size} rows, ${head.origin}`,
  });
  yield { type: "checkpoint-read", checkpoint: checkpointFacts(checkpoint) };
  if (!checkpoint.isVerified) {
    yield {
      type: "noted",
      message: `the signature of ${checkpoint.path} was not checked: no --public-key or --policy says whose it is to be`,
    };
  }
  await using chain = yield* step("open", "Find the chain", () => ports.openChain(input), {
    describe: ({ facts }) => `${facts.schema}.${facts.table}, profile ${facts.profile}`,
  });
  yield { type: "chain-found", chain: chain.facts };
  const { proved, anchored } = yield* step(
    "walk",
    "Hash every event",
    async (progress) => {
      const walked = await chain.prove(input.id, checkpoint, progress);
      const anchors = { checkpoints: [checkpoint], states: new Map<string, never>() };
      return { proved: walked, anchored: judgeAnchors(walked.verification, anchors, chain.identity) };
    },
    { unit: "rows", describe: (walked) => describeWalk(walked.anchored) },
  );
  const { findings, findingsTotal, notes } = anchored.verification;
  for (const message of notes) yield { type: "noted", message };
  for (const finding of findings) yield { type: "finding-made", finding };
  yield { type: "chain-verified", findingsTotal };
  if (findingsTotal > 0) return "refused";
  requireReplayed(anchored);
  const proof = provenOf(input.id, checkpoint, proved);
  yield* step(
    "write",
    "Write the proof",
    async () => {
      file.append(proof.text);
      file.commit();
    },
    { describe: () => input.out },
  );
  yield { type: "event-proved", proof: { path: input.out, index: proof.index } };
  return "proved";
}

function describeWalk({ verification }: AnchoredVerification): string {
  return `${verification.verifierWalked} rows, ${verification.findingsTotal} findings`;
}

/** The proof of a chain without findings. Throws `bad-input` when the checkpoint does not vouch for the event. */
function provenOf(
  id: string,
  { path, head }: GivenCheckpoint,
  { index, proof, verification }: ProvedChain,
): { readonly text: string; readonly index: number } {
  if (index !== null && proof !== null) return { text: proof, index };
  const pruned = verification.base?.size ?? 0;
  const why =
    head.size < pruned
      ? `${path} vouches for ${head.size} rows, and the first ${pruned} were pruned`
      : `the event ${JSON.stringify(id)} is row ${index === null ? "none" : index + 1} of the chain, and ${path} vouches for the first ${head.size}`;
  throw new OpsError("bad-input", why, "make a newer checkpoint: custody chain checkpoint");
}
