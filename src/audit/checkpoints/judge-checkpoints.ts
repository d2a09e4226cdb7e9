import type { Finding, FindingClass } from "../finding.ts";
import { createFindingCollector } from "../finding.ts";
import { equalHashes } from "../row-bytes.ts";
import { rootAt } from "../waypoints.ts";
import type { ChainMark } from "../waypoints.ts";
import type { ClusterIdentity } from "../note/identity.ts";
import type { ServerChange } from "./judge-cluster.ts";
import type { KnownCheckpoint } from "./known-checkpoint.ts";

/** The chain as it was just read. */
interface ReadChain {
  /** Leaves of its tree: rows that are linked, pruned ones included. */
  readonly treeSize: number;
  /** What it was at the checkpoints' sizes, where it has them and they were not pruned. */
  readonly waypoints: ReadonlyMap<number, ChainMark>;
}

interface Context {
  /** What became of the server that a checkpoint's identity note names. */
  readonly serverChange: (identity: ClusterIdentity) => ServerChange;
  /** Whether a checkpoint names another chain: whatever it says, it says nothing of this one. */
  readonly isForeign: (checkpoint: KnownCheckpoint) => boolean;
  /** Whether the operator accepted a restore to before this checkpoint. */
  readonly isSuperseded: (checkpoint: KnownCheckpoint) => boolean;
}

/** What became of comparing the chain with one checkpoint. */
export type CheckpointOutcome =
  | "matched"
  | "truncated"
  | "restored"
  | "rewritten"
  | "superseded"
  | "pruned"
  /** Newer than what a standby has replayed. */
  | "behind";

export interface CheckpointJudgement {
  readonly findings: readonly Finding[];
  /** Of each checkpoint, in the order of their sizes. */
  readonly outcomes: readonly { readonly checkpoint: KnownCheckpoint; readonly outcome: CheckpointOutcome }[];
  /** The size of the newest checkpoint that the chain agrees with; 0 without one. */
  readonly anchoredSize: number;
  readonly notes: readonly string[];
}

/**
 * Compares a chain with every checkpoint that is known of it, at its own size: agreeing with the newest alone would leave
 * open what became of those before (formats.md, section 4).
 */
export function judgeCheckpoints(
  checkpoints: readonly KnownCheckpoint[],
  chain: ReadChain,
  context: Context,
): CheckpointJudgement {
  const findings = createFindingCollector(checkpoints.length);
  const outcomes: CheckpointJudgement["outcomes"][number][] = [];
  const notes: string[] = [];
  let anchoredSize = 0;
  for (const checkpoint of checkpoints.toSorted((left, right) => left.head.size - right.head.size)) {
    const outcome = compare(checkpoint, chain, context);
    outcomes.push({ checkpoint, outcome });
    const { path, head } = checkpoint;
    switch (outcome) {
      case "matched":
        anchoredSize = Math.max(anchoredSize, head.size);
        break;
      case "superseded":
        notes.push(
          `${path} is newer than what a restore that was accepted went back to: it was not compared`,
        );
        break;
      case "pruned":
        notes.push(
          `${path} is of size ${head.size}, which was pruned: its archive is what can be compared with it`,
        );
        break;
      case "behind":
        notes.push(`${path} is newer than what this standby has replayed: it was not compared`);
        break;
      case "truncated":
      case "restored":
        findings.add({
          ...(context.isForeign(checkpoint)
            ? { class: outcome, ...foreign(checkpoint) }
            : shorter(checkpoint, chain.treeSize, outcome, changeOf(checkpoint, context))),
          position: chain.treeSize,
          id: "",
        });
        break;
      case "rewritten":
        if (context.isForeign(checkpoint)) {
          findings.add({ class: outcome, ...foreign(checkpoint), position: 0, id: "" });
          break;
        }
        findings.add({
          class: "rewritten",
          position: anchoredSize,
          id: "",
          detail:
            `${path} and the chain have other roots at size ${head.size}: ` +
            `rows ${anchoredSize + 1} to ${head.size} are not all what they were`,
          cause: rewrittenCauses[changeOf(checkpoint, context)],
        });
        break;
    }
  }
  return { findings: findings.findings(), outcomes, anchoredSize, notes };
}

function changeOf({ identity }: KnownCheckpoint, { serverChange }: Context): ServerChange {
  return identity === null ? "same" : serverChange(identity);
}

function compare(checkpoint: KnownCheckpoint, chain: ReadChain, context: Context): CheckpointOutcome {
  const { head } = checkpoint;
  const { isForeign, isSuperseded } = context;
  // Never a restore, which can be accepted; nor is the empty tree, which all chains share, an agreement.
  if (isForeign(checkpoint)) return head.size > chain.treeSize ? "truncated" : "rewritten";
  if (isSuperseded(checkpoint)) return "superseded";
  if (head.size > chain.treeSize) {
    const change = changeOf(checkpoint, context);
    if (change === "behind") return "behind";
    return change === "moved" ? "restored" : "truncated";
  }
  const mark = chain.waypoints.get(head.size);
  if (mark === undefined) return "pruned";
  return equalHashes(rootAt(mark), head.root) ? "matched" : "rewritten";
}

const truncatedCauses: Readonly<Partial<Record<ServerChange, string>>> = {
  rewound:
    "the cluster's files were brought back from an older copy: its log is behind where it was then (a copy that is promoted has a timeline of its own, and is told as restored); or rows were deleted, and the log was reset",
  "other-database":
    "rows were deleted since the checkpoint, and the head was mended; or an older backup was restored into another database of the same cluster",
};

const rewrittenCauses: Readonly<Partial<Record<ServerChange, string>>> = {
  moved:
    "rows were changed since the checkpoint, and the chain was hashed again; or, since it is on another cluster than it was then, a backup older than the checkpoint was restored and written to",
  rewound:
    "rows were changed since the checkpoint, and the chain was hashed again; or the cluster's files were brought back from an older copy, and written to",
  "other-database":
    "rows were changed since the checkpoint, and the chain was hashed again; or an older backup was restored into another database of the same cluster, and written to",
};

function foreign({ path, head }: KnownCheckpoint): { detail: string; cause: string } {
  return {
    detail: `${path} vouches for ${head.size} rows of ${head.origin}: it is of another chain, or this one has lost its name`,
    cause: "the wrong checkpoint was given; or the chain was dropped and made anew under another chain_id",
  };
}

function shorter(
  { path, head, identity }: KnownCheckpoint,
  treeSize: number,
  outcome: "truncated" | "restored",
  change: ServerChange,
): { class: FindingClass; detail: string; cause?: string | undefined } {
  const detail = `${path} vouches for ${head.size} rows, the chain has ${treeSize}`;
  if (outcome === "restored") {
    return { class: outcome, detail: `${detail}; it is on another cluster than it was then` };
  }
  if (identity !== null) return { class: outcome, detail, cause: truncatedCauses[change] };
  return {
    class: outcome,
    detail,
    cause:
      "rows were deleted since the checkpoint, and the head was mended (or a backup was restored: without an identity note beside the checkpoint nobody can tell)",
  };
}
