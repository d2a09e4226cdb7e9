import { baseOriginOf } from "../../audit/checkpoints/checkpoint-state.ts";
import { anchoringSizes, judgeAnchors } from "../../audit/checkpoints/judge-anchors.ts";
import type { AnchoredVerification, Anchors } from "../../audit/checkpoints/judge-anchors.ts";
import type { KnownCheckpoint } from "../../audit/checkpoints/known-checkpoint.ts";
import type { ChainVerification } from "../../audit/verify-chain.ts";
import { toHex } from "../../run/sha256.ts";
import { OpsError } from "../../errors.ts";
import { step } from "../../run/step.ts";
import { identityUnknown } from "../identity-unknown.ts";
import { requireReplayed } from "../../audit/checkpoints/require-replayed.ts";
import { newerCheckpoint, requireCompared } from "../../audit/checkpoints/require-vouched.ts";
import type { AcceptedRestore, CheckpointFacts, VerifyEvent, VerifyVerdict } from "./events.ts";
import type { VerifyInput } from "./input.ts";
import type { OpenChain, VerifyPorts } from "./ports.ts";

const noAnchors: Anchors = { checkpoints: [], states: new Map() };

/** Reads the chain in one snapshot, hashes it outside the database, and tells everything that is wrong with it. */
export async function* runVerify(
  input: VerifyInput,
  ports: VerifyPorts,
): AsyncGenerator<VerifyEvent, VerifyVerdict> {
  const anchors =
    input.checkpoints.length === 0
      ? noAnchors
      : yield* step("checkpoints", "Read the checkpoints", () => ports.readAnchors(input), {
          describe: ({ checkpoints }) => checkpoints.map(({ head }) => `${head.size} rows`).join(", "),
        });
  await using chain = yield* step("open", "Find the chain", () => ports.openChain(input), {
    describe: ({ facts }) => `${facts.schema}.${facts.table}, profile ${facts.profile}`,
  });
  yield { type: "chain-found", chain: chain.facts };
  if (chain.facts.isSuperuser) {
    yield {
      type: "noted",
      message: "connected as a superuser: a role with SELECT on the chain's tables is enough, and safer",
    };
  }
  if (chain.identity === null && anchors.checkpoints.length > 0) {
    yield { type: "noted", message: identityUnknown };
  }
  const read = yield* walk(chain, anchors);
  const accepted = yield* judgeRestore(input, ports, chain, read);
  const { outcomes, verification } = accepted === null ? read : withoutRestore(read);
  const { findings, notes, mark: _mark, waypoints: _waypoints, ...result } = verification;
  for (const { checkpoint, outcome } of outcomes) {
    const { path, head, signedBy, cosignedBy } = checkpoint;
    const { origin, size } = head;
    const rootHash = toHex(head.root);
    const facts: CheckpointFacts = { path, origin, size, rootHash, signedBy, cosignedBy, outcome };
    yield { type: "checkpoint-compared", checkpoint: facts };
  }
  for (const message of notes) yield { type: "noted", message };
  for (const finding of findings) yield { type: "finding-made", finding };
  yield { type: "chain-verified", at: ports.now().toISOString(), result };
  requireReplayed(read);
  requireCompared(read, newerCheckpoint);
  if (input.isCheckpointRequired && !outcomes.some((each) => isComparison(each, verification))) {
    throw new OpsError(
      "no-checkpoint",
      "the chain could be compared with none of the checkpoints",
      "give one that is newer than the last restore and the last pruning: --checkpoint FILE",
    );
  }
  if (result.findingsTotal === 0) return "clean";
  return isRestored(read) ? "restored" : "broken";
}

/** The empty tree, which every chain has grown from, is compared with an empty chain alone. */
function isComparison(
  { checkpoint, outcome }: AnchoredVerification["outcomes"][number],
  { treeSize }: ChainVerification,
): boolean {
  switch (outcome) {
    case "matched":
      return checkpoint.head.size > 0 || treeSize === 0;
    case "truncated":
    case "restored":
    case "rewritten":
      return true;
    case "superseded":
    case "pruned":
    case "behind":
      return false;
  }
}

async function* walk(chain: OpenChain, anchors: Anchors): AsyncGenerator<VerifyEvent, AnchoredVerification> {
  const sizes = anchoringSizes(anchors);
  return yield* step(
    "walk",
    "Hash every event",
    async (progress) => judgeAnchors(await chain.verify(sizes, progress), anchors, chain.identity),
    {
      unit: "rows",
      describe: ({ verification }) =>
        `${verification.verifierWalked} rows, ${verification.findingsTotal} findings`,
    },
  );
}

/** A database that was restored is accepted by a signature, or not at all. */
async function* judgeRestore(
  input: VerifyInput,
  ports: VerifyPorts,
  chain: OpenChain,
  read: AnchoredVerification,
): AsyncGenerator<VerifyEvent, AcceptedRestore | null> {
  if (input.acceptance === null) return null;
  const restored = read.outcomes.flatMap((each) => (each.outcome === "restored" ? [each.checkpoint] : []));
  const before = restored.at(-1);
  const cluster = chain.identity;
  const why = whyNotAccepted(read, restored);
  if (why !== null || before === undefined || cluster === null) {
    yield { type: "noted", message: `no restore was accepted: ${why ?? "none was found"}` };
    return null;
  }
  const { treeSize, rootHash } = read.verification;
  const accepted = yield* step(
    "accept",
    "Sign for the restore",
    () => ports.acceptRestore(input, { before, treeSize, rootHash, cluster }),
    { describe: ({ checkpoint }) => checkpoint },
  );
  yield { type: "restore-accepted", accepted };
  return accepted;
}

function whyNotAccepted(read: AnchoredVerification, restored: readonly KnownCheckpoint[]): string | null {
  if (restored.length === 0) return "none was found";
  if (!isRestored(read)) return "it is not all that is wrong";
  const origins = new Set(restored.map(({ head }) => baseOriginOf(head.origin)));
  return origins.size === 1
    ? null
    : `it is told by checkpoints of ${origins.size} origins (${[...origins].join(", ")}): give those of one at a time`;
}

/** Nothing is wrong, or unknown, but that the chain is shorter, on another cluster, than checkpoints say. */
function isRestored({ outcomes, verification }: AnchoredVerification): boolean {
  const { findings, findingsTotal } = verification;
  return (
    findingsTotal > 0 &&
    outcomes.every(({ outcome }) => outcome !== "behind") &&
    findingsTotal === findings.length &&
    findings.every((each) => each.class === "restored")
  );
}

/** What was found, once the restore is accepted: it is no finding any more, and the new checkpoint vouches for every row. */
function withoutRestore(read: AnchoredVerification): AnchoredVerification {
  const { outcomes, verification } = read;
  const clean = { findings: [], findingsTotal: 0, firstBreakId: "", firstBreakPos: -1, unanchoredRows: 0 };
  return {
    ...read,
    verification: { ...verification, ...clean },
    anchoredSize: verification.treeSize,
    outcomes: outcomes.map((each) =>
      each.outcome === "restored" ? { ...each, outcome: "superseded" as const } : each,
    ),
  };
}
