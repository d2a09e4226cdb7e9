import { judgeAnchors } from "../../audit/checkpoints/judge-anchors.ts";
import type { AnchoredVerification, Anchors } from "../../audit/checkpoints/judge-anchors.ts";
import { bundleFiles } from "../../audit/bundle/statement.ts";
import { chooseCut } from "../../audit/pruning/choose-cut.ts";
import type { Extent, Survey } from "../../audit/pruning/survey.ts";
import { rootAt } from "../../audit/waypoints.ts";
import type { ChainMark } from "../../audit/waypoints.ts";
import { OpsError } from "../../errors.ts";
import { throwIfInterrupted } from "../../run/interrupt.ts";
import { toHex } from "../../run/sha256.ts";
import { step } from "../../run/step.ts";
import type { GivenFiles } from "../given-files.ts";
import { requireReplayed } from "../../audit/checkpoints/require-replayed.ts";
import { writeBundleFiles } from "../write-bundle-files.ts";
import { beginningOf } from "./beginning-of.ts";
import type { NoCut, PruneEvent, PruneVerdict } from "./events.ts";
import type { PruneInput } from "./input.ts";
import type { Archive, PrunableChain, PrunePorts } from "./ports.ts";

type Facts<T> = AsyncGenerator<PruneEvent, T>;

interface Cut {
  readonly mark: ChainMark;
  readonly extent: Extent;
  /** The file of the checkpoint that vouches for it. */
  readonly path: string;
}

/**
 * Removes the beginning of a chain that is verified, vouched for by a checkpoint and kept in an archive: nothing is removed
 * before the archive was read from disk again and found to be whole.
 */
export async function* runPrune(
  input: PruneInput,
  ports: PrunePorts,
  signal: AbortSignal,
): Facts<PruneVerdict> {
  const { given, states } = yield* step("checkpoints", "Read the checkpoints", () => ports.readGiven(input), {
    describe: (read) => read.given.checkpoints.map(({ head }) => `${head.size} rows`).join(", "),
  });
  await using chain = yield* step("open", "Find the chain", () => ports.openChain(input), {
    describe: ({ facts }) => `${facts.schema}.${facts.table} of ${facts.address}`,
  });
  yield { type: "chain-found", chain: chain.facts };
  if (!input.isDryRun) await chain.requireRight();
  await using archive = input.archive === null || input.isDryRun ? null : ports.openArchive(input.archive);
  for (const each of archive?.leftovers ?? []) {
    yield {
      type: "noted",
      message: `${each} holds rows: it was left by a run that was killed; remove it, unless another run writes it now`,
    };
  }

  const { anchored, survey } = yield* verify(input, chain, { checkpoints: given.checkpoints, states });
  const { verification, outcomes } = anchored;
  for (const { checkpoint, outcome } of outcomes) {
    const { path, head } = checkpoint;
    const { origin, size } = head;
    yield { type: "checkpoint-compared", checkpoint: { path, origin, size, outcome } };
  }
  for (const message of verification.notes) yield { type: "noted", message };
  for (const finding of verification.findings) yield { type: "finding-made", finding };
  const { rowCount, base, findingsTotal } = verification;
  yield { type: "chain-verified", rowCount, prunedBefore: base?.size ?? 0, findingsTotal };
  if (findingsTotal > 0) return "refused";
  requireReplayed(anchored);

  const cut = findCut(anchored, survey);
  if ("why" in cut) {
    yield { type: "cut-not-found", noCut: cut };
    return "nothing-to-prune";
  }
  const { mark, extent, path } = cut;
  const hashes = { rowHash: toHex(mark.rowHash), rootHash: toHex(rootAt(mark)) };
  yield { type: "cut-chosen", cut: { size: mark.size, checkpoint: path, ...hashes, ...extent } };
  if (archive === null) return "would-prune";

  const archiveSha256 = yield* keepApart(chain, archive, { given, anchored, cut });
  const archivePath = input.archive ?? "";
  yield { type: "archive-written", archive: { path: archivePath, sha256: toHex(archiveSha256) } };
  throwIfInterrupted(signal);
  const eventId = yield* remove(
    chain,
    { archive, path: archivePath },
    {
      cut: mark,
      chainId: verification.chainId ?? "",
      rows: extent.rows,
      erased: extent.erased,
      archiveSha256,
      actor: input.actor,
    },
  );
  yield { type: "chain-pruned", eventId };
  return "pruned";
}

async function* verify(
  { before }: PruneInput,
  chain: PrunableChain,
  anchors: Anchors,
): Facts<{ readonly anchored: AnchoredVerification; readonly survey: Survey }> {
  const sizes = anchors.checkpoints.map(({ head }) => head.size);
  return yield* step(
    "walk",
    "Hash every event",
    async (progress) => {
      const { verification, survey } = await chain.verify(before, sizes, progress);
      return { anchored: judgeAnchors(verification, anchors, chain.identity), survey };
    },
    {
      unit: "rows",
      describe: ({ anchored: { verification } }) =>
        `${verification.verifierWalked} rows, ${verification.findingsTotal} findings`,
    },
  );
}

/** Of a chain without findings. */
function findCut({ verification, outcomes }: AnchoredVerification, survey: Survey): Cut | NoCut {
  const matched = outcomes.filter(({ outcome }) => outcome === "matched").map(({ checkpoint }) => checkpoint);
  const young = survey.young();
  const choice = chooseCut({
    signedSizes: matched.map(({ head }) => head.size),
    prunedSize: verification.base?.size ?? 0,
    size: verification.treeSize,
    firstYoung: young[0]?.seq ?? null,
  });
  if (choice.size === null) return { why: choice.why, young };
  const mark = verification.waypoints.get(choice.size);
  const extent = survey.extent(choice.size);
  const checkpoint = matched.find(({ head }) => head.size === choice.size);
  if (mark === undefined || extent === null || checkpoint === undefined)
    throw new RangeError(`the walk passed size ${choice.size} and remembers nothing of it`);
  return { mark, extent, path: checkpoint.path };
}

/** Writes the archive, puts it in its place, and verifies what is on disk. Returns the digest of its report. */
async function* keepApart(
  chain: PrunableChain,
  archive: Archive,
  contents: { readonly given: GivenFiles; readonly anchored: AnchoredVerification; readonly cut: Cut },
): Facts<Uint8Array> {
  const { given, anchored, cut } = contents;
  const range = { after: anchored.verification.base?.size ?? 0, to: cut.mark.size };
  yield* step(
    "archive",
    "Write the archive",
    async (progress) => {
      const rows = archive.folder.create(bundleFiles.rows);
      await chain.exportRows(range, (line) => rows.append(`${line}\n`), progress);
      rows.close();
      await chain.endSnapshot();
      const { facts, profile } = chain;
      const beginning = beginningOf(given, anchored, cut.mark);
      writeBundleFiles(archive.folder, { facts, profile, ...beginning, part: "beginning", proving: null });
      await archive.settle();
    },
    { unit: "rows", describe: () => `${archive.folder.files().length} files` },
  );
  return yield* step("check", "Read the archive again", (progress) => archive.check(progress), {
    unit: "rows",
  });
}

async function* remove(
  chain: PrunableChain,
  { archive, path }: { readonly archive: Archive; readonly path: string },
  beginning: Parameters<PrunableChain["remove"]>[0],
): Facts<string> {
  return yield* step("remove", "Remove the rows", async () => {
    const removal = await chain.remove(beginning);
    // Where nobody knows whether the rows are gone, the archive may be all that is left of them.
    archive.keep();
    if (removal.outcome === "removed") return removal.eventId;
    const { code, message } = removal.error;
    throw new OpsError(
      code,
      `${message}; nobody knows whether the rows are gone`,
      `keep the archive ${path}: custody chain verify says how many rows were pruned; where it is none of these, remove it and prune again`,
      { cause: removal.error, isOutcomeUnknown: true },
    );
  });
}
