import type { ServerIdentity } from "../cluster-identity.ts";
import { mergeFindings } from "../finding.ts";
import type { ChainVerification } from "../verify-chain.ts";
import { baseOriginOf, generationOf } from "./checkpoint-state.ts";
import type { CheckpointState } from "./checkpoint-state.ts";
import { judgeCheckpoints } from "./judge-checkpoints.ts";
import type { CheckpointJudgement } from "./judge-checkpoints.ts";
import { compareServers } from "./judge-cluster.ts";
import type { KnownCheckpoint } from "./known-checkpoint.ts";
import type { RestoreAcceptance } from "./operator-notes.ts";
import { equalHashes } from "../row-bytes.ts";
import { rootAt } from "../waypoints.ts";

/** What is known of a chain outside its database. */
export interface Anchors {
  readonly checkpoints: readonly KnownCheckpoint[];
  /** By the checkpoints' origins without their numbers. */
  readonly states: ReadonlyMap<string, Pick<CheckpointState, "acceptances" | "rebaselines">>;
}

/** A verification, and what the checkpoints say to it: their findings are among its own. */
export interface AnchoredVerification {
  readonly verification: ChainVerification;
  readonly outcomes: CheckpointJudgement["outcomes"];
  readonly anchoredSize: number;
  /** Whether the chain goes on from the restore that was accepted last: its signed note vouches for what was restored. */
  readonly isAccepted: boolean;
}

/** The sizes at which a chain is to be marked while it is read, so that it can be compared with what is known of it. */
export function anchoringSizes({ checkpoints, states }: Anchors): readonly number[] {
  const accepted = [...states.values()].flatMap((each) => each.acceptances.map(({ after }) => after));
  return [...checkpoints.map(({ head }) => head), ...accepted].map(({ size }) => size);
}

/** Compares a chain that was just read with the checkpoints that are known of it. `server` is null where it cannot be asked. */
export function judgeAnchors(
  chain: ChainVerification,
  { checkpoints, states }: Anchors,
  server: ServerIdentity | null,
): AnchoredVerification {
  const rebaselines = [...states.values()].flatMap((each) => each.rebaselines);
  const judged = judgeCheckpoints(checkpoints, chain, {
    serverChange: (identity) => compareServers(identity, server, rebaselines),
    isForeign: ({ head }) => namesAnotherChain(head.origin, chain.chainId),
    isSuperseded: ({ head }) => {
      const acceptances = states.get(baseOriginOf(head.origin))?.acceptances ?? [];
      // By the number in its origin: a state folder that is older than a checkpoint says nothing of it.
      return acceptances.some(
        ({ after }) => generationOf(after.origin) > generationOf(head.origin) && head.size > after.size,
      );
    },
  });
  const all = mergeFindings(chain.findings, judged.findings);
  const [first] = all;
  const isOfRow = first !== undefined && first.position >= 0;
  return {
    verification: {
      ...chain,
      findings: all,
      findingsTotal: chain.findingsTotal + judged.findings.length,
      firstBreakId: isOfRow ? first.id : chain.firstBreakId,
      firstBreakPos: isOfRow ? first.position : chain.firstBreakPos,
      unanchoredRows: chain.rowCount - judged.anchoredSize,
      notes: [...chain.notes, ...judged.notes],
    },
    outcomes: judged.outcomes,
    anchoredSize: judged.anchoredSize,
    isAccepted: [...states.values()].some(({ acceptances }) => goesOnFrom(acceptances.at(-1), chain)),
  };
}

/** Of an empty chain every chain goes on. */
function goesOnFrom(acceptance: RestoreAcceptance | undefined, chain: ChainVerification): boolean {
  if (acceptance === undefined) return false;
  const { origin, size, root } = acceptance.after;
  const mark = chain.waypoints.get(size);
  if (mark === undefined || (size === 0 && chain.treeSize > 0)) return false;
  return !namesAnotherChain(origin, chain.chainId) && equalHashes(rootAt(mark), root);
}

/** Whether an origin is of another chain: custody's own end in the chain's id; those that were given by hand say nothing of it. */
export function namesAnotherChain(origin: string, chainId: string | null): boolean {
  const named = /\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(baseOriginOf(origin))?.[1];
  return named !== undefined && chainId !== null && named !== chainId;
}
