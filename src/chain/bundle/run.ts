import { bundleFiles } from "../../audit/bundle/statement.ts";
import { judgeAnchors } from "../../audit/checkpoints/judge-anchors.ts";
import { step } from "../../run/step.ts";
import { checkpointFacts } from "../given-checkpoint.ts";
import type { CheckpointFacts } from "../given-checkpoint.ts";
import type { ChainRunFact } from "../chain-run.ts";
import type { BundleInput } from "./input.ts";
import type { BundlePorts } from "./ports.ts";
import { writeBundleFiles } from "../write-bundle-files.ts";
import type { BundledProof } from "../write-bundle-files.ts";
import { requireReplayed } from "../../audit/checkpoints/require-replayed.ts";

/** What stands in the folder. */
export interface BundleFacts {
  readonly path: string;
  readonly rowCount: number;
  readonly rowsWritten: number;
  readonly rootHash: string;
  readonly unanchoredRows: number;
  readonly files: number;
  readonly proofs: readonly BundledProof[];
  /** The vkey of the key that signed the report; null when none did. */
  readonly signedBy: string | null;
}

export type BundleEvent =
  | ChainRunFact
  | { readonly type: "checkpoint-read"; readonly checkpoint: CheckpointFacts }
  | { readonly type: "chain-verified"; readonly findingsTotal: number }
  | { readonly type: "bundle-written"; readonly bundle: BundleFacts };

export type BundleVerdict = "bundled" | "broken" | "not-run";

/**
 * Writes what an auditor takes away: rows as they are verified, checkpoints, proofs, and a report of it all. A broken chain
 * is bundled too, as evidence of what it was, but none of its events is proved.
 */
export async function* runBundle(
  input: BundleInput,
  ports: BundlePorts,
): AsyncGenerator<BundleEvent, BundleVerdict> {
  const given = yield* step("checkpoints", "Read the checkpoints", () => ports.readGiven(input), {
    describe: ({ checkpoints }) => checkpoints.map(({ head }) => `${head.size} rows`).join(", "),
  });
  for (const checkpoint of given.checkpoints) {
    yield { type: "checkpoint-read", checkpoint: checkpointFacts(checkpoint) };
  }
  if (given.checkpoints.some((each) => !each.isVerified)) {
    yield {
      type: "noted",
      message:
        "the checkpoints' signatures were not checked: no --public-key or --policy says whose they are to be",
    };
  }
  if (given.key === null) {
    yield { type: "noted", message: "nobody signs the report: without --key it is nobody's word" };
  }
  using folder = ports.openFolder(input.out);
  await using chain = yield* step("open", "Find the chain", () => ports.openChain(input), {
    describe: ({ facts }) => `${facts.schema}.${facts.table}, profile ${facts.profile}`,
  });
  yield { type: "chain-found", chain: chain.facts };

  const { gathered, anchored } = yield* step(
    "walk",
    "Hash and write every event",
    async (progress) => {
      const rows = folder.create(bundleFiles.rows);
      const sizes = given.checkpoints.map(({ head }) => head.size);
      const onLine = (line: string): void => rows.append(`${line}\n`);
      const walked = await chain.gather(input.events, sizes, onLine, progress);
      rows.close();
      const anchors = { checkpoints: given.checkpoints, states: new Map<string, never>() };
      return { gathered: walked, anchored: judgeAnchors(walked.verification, anchors, chain.identity) };
    },
    {
      unit: "rows",
      describe: (walked) =>
        `${walked.anchored.verification.verifierWalked} rows, ${walked.anchored.verification.findingsTotal} findings`,
    },
  );
  const { verification } = anchored;
  for (const message of verification.notes) yield { type: "noted", message };
  for (const finding of verification.findings) yield { type: "finding-made", finding };
  yield { type: "chain-verified", findingsTotal: verification.findingsTotal };
  requireReplayed(anchored);
  if (verification.findingsTotal > 0 && input.events.length > 0) {
    yield { type: "noted", message: "of a broken chain nothing is proved: the bundle has no proofs" };
  }

  const { facts, profile } = chain;
  const proofs = yield* step(
    "write",
    "Write the bundle",
    async () => {
      const proving = { events: input.events, proofs: gathered.proofs };
      const contents = { facts, profile, given, anchored, part: "whole" as const, proving };
      const written = writeBundleFiles(folder, contents);
      folder.commit();
      return written;
    },
    { describe: () => input.out },
  );
  yield {
    type: "bundle-written",
    bundle: {
      path: input.out,
      rowCount: verification.rowCount,
      rowsWritten: verification.verifierWalked,
      rootHash: verification.rootHash,
      unanchoredRows: verification.unanchoredRows,
      files: folder.files().length,
      proofs,
      signedBy: given.key?.vkey ?? null,
    },
  };
  return verification.findingsTotal === 0 ? "bundled" : "broken";
}
