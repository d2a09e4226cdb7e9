import type { Session } from "../postgres/connect.ts";
import type { BinaryRow } from "../postgres/copy-binary.ts";
import type { BlockReader } from "./blocks/block-reader.ts";
import { profileColumns } from "./find-chain.ts";
import type { ChainPlace } from "./find-chain.ts";
import { createFindingCollector } from "./finding.ts";
import type { Finding } from "./finding.ts";
import { describeGuards } from "./guards/describe-guards.ts";
import { readInstalled } from "./guards/read-installed.ts";
import { judgeGuards } from "./judge-guards.ts";
import { judgeHead } from "./judge-head.ts";
import { judgeLinks } from "./judge-links.ts";
import { judgePruning, judgeRedactions, reportUnusablePruning } from "./judge-redactions.ts";
import type { MerkleFrontier } from "./merkle/frontier.ts";
import {
  explainReading,
  genesisOf,
  prunedUnreadable,
  prunedUnseen,
  readHeads,
  readPruning,
} from "./read-base.ts";
import type { ChainHead } from "./read-base.ts";
import { lockPlainTable, pinSettings } from "./secure-reading.ts";
import { separatorLimit } from "./separator-limit.ts";
import { toHex } from "../run/sha256.ts";
import { walkChain } from "./walk-chain.ts";
import type { Walk, WalkContext } from "./walk.ts";
import type { ChainMark } from "./waypoints.ts";

export type { ChainMark } from "./waypoints.ts";

/** What a chain looked like in one snapshot, recomputed outside the database. */
export interface ChainVerification {
  /** Rows of the chain, those that were pruned included. */
  readonly rowCount: number;
  /** Leaves of its tree: the same without rows that never were linked. */
  readonly treeSize: number;
  /** The lowest position with a finding, and its row; "" and -1 when there is none. */
  readonly firstBreakId: string;
  readonly firstBreakPos: number;
  /** Rows that were read and hashed. */
  readonly verifierWalked: number;
  /** What the head's table says, hex; "" when it is empty or missing. */
  readonly chainHeadHash: string;
  /** RFC 6962 root over the row hashes in link order, hex. */
  readonly rootHash: string;
  /** Rows that no checkpoint vouches for: all of them, where none is given. */
  readonly unanchoredRows: number;
  /** The first of them, by position; `findingsTotal` counts all. */
  readonly findings: readonly Finding[];
  readonly findingsTotal: number;
  /** The chain's name; null in profiles that have none. */
  readonly chainId: string | null;
  /** Where a later reading may begin; null without `markRows`, and in a chain with findings. */
  readonly mark: ChainMark | null;
  /** What the rows that were read stand on: a pruning, or the mark of `since`; null where they begin with the chain's first. */
  readonly base: ChainMark | null;
  /** What the chain was at the sizes that were asked for, as far as it has them and they were not pruned. */
  readonly waypoints: ReadonlyMap<number, ChainMark>;
  /** What could not be checked, and why; what no verifier of this profile can see. */
  readonly notes: readonly string[];
}

export interface VerifyOptions {
  readonly limitFindings?: number;
  /** Gives a mark before the newest so many rows, where the profile counts its rows and there are more. */
  readonly markRows?: number;
  /** Sizes of the chain at which it is to be marked too. */
  readonly waypoints?: readonly number[];
  /**
   * Called with each leaf of the tree (0x00 ‖ row_hash) in link order, before `tree` grows by it; its bytes are reused.
   * `index` counts from 0, pruned rows included.
   */
  readonly onLeaf?: (leaf: Uint8Array, index: number, tree: MerkleFrontier) => void;
  /** Called with each row as it was read, after it was judged; its bytes are reused. */
  readonly onRow?: (row: BinaryRow) => void;
  /** Reads only the rows after this mark: those before were verified when it was made, and what became of them since is not seen. */
  readonly since?: ChainMark;
  /** Compares erased rows and the events that record them among those before `since`, too. */
  readonly allErasures?: boolean;
  /** Called with the rows walked so far; `total` is what the head says. */
  readonly onProgress?: (rows: number, total?: number) => void;
  /** Sessions that read the same snapshot in blocks, side by side; nothing is gained by them where the profile has no numbers. */
  readonly readers?: readonly BlockReader[];
  readonly signal?: AbortSignal;
}

const savepoint = "custody_verify_chain";

/**
 * Reads the chain in the caller's transaction, which gives the snapshot (REPEATABLE READ, READ ONLY on a live database),
 * and hashes every row outside the database. Settings and locks are undone afterwards. Memory stays flat. Needs SELECT on
 * the chain's tables; works on a standby. Throws `OpsError` when it cannot be read, `InterruptedError` at the signal.
 */
export async function verifyChain(
  session: Session,
  place: ChainPlace,
  options: VerifyOptions = {},
): Promise<ChainVerification> {
  try {
    await session.sql.unsafe(`savepoint ${savepoint}`);
    try {
      return await read(session, place, options);
    } finally {
      if (options.signal?.aborted !== true) {
        await session.sql.unsafe(`rollback to savepoint ${savepoint}; release savepoint ${savepoint}`);
      }
    }
  } catch (error) {
    if (options.signal?.aborted === true) throw error;
    throw explainReading(error, place);
  }
}

async function read(session: Session, place: ChainPlace, options: VerifyOptions): Promise<ChainVerification> {
  const { definition } = place;
  const limit = options.limitFindings ?? 100;
  await pinSettings(session);
  const isCustody = definition.rules === "custody-v1";
  const installed = isCustody ? await readInstalled(session, place.schema) : null;
  await lockPlainTable(session, place, definition.table, profileColumns(definition));
  const heads = await readHeads(session, place);
  const { pruning, isReadable, fault } = await readPruning(session, place);
  const findings = createFindingCollector(limit, definition);
  const head = heads?.find((each) => each.key === "1");

  // A mark that was pruned since holds nothing any more.
  const since =
    options.since !== undefined && options.since.size >= (pruning?.size ?? 0) ? options.since : null;
  const base = since ?? pruning;
  const start = base?.size ?? 0;
  // Rows that are joined by their links alone cannot be asked for from a place on.
  const markAt =
    definition.order === "seq" && options.markRows !== undefined ? (head?.seq ?? 0) - options.markRows : 0;
  const { walk, root, marks } = await walkChain(session, place, {
    base,
    genesis: genesisFor(place, head, base),
    findings,
    limit,
    waypoints: [...(options.waypoints ?? []), ...(markAt > 0 ? [markAt] : [])],
    isPartial: since !== null,
    readers: options.readers ?? [],
    onLeaf: options.onLeaf,
    onRow: options.onRow,
    onProgress: (rows) => options.onProgress?.(rows, head?.seq ?? undefined),
    signal: options.signal,
  });
  // Without a head the beginning is unknown in any case, and that is a finding.
  if (!isReadable && head !== undefined && walk.brokenLinks()[0]?.position === 0)
    throw prunedUnreadable(place);

  await judgeLinks(session, place, walk.brokenLinks(), findings);
  if (isCustody) {
    if (fault !== null) reportUnusablePruning(fault, findings);
    const isAll = options.allErasures === true;
    const erased = isAll ? Infinity : walk.erased();
    const after = isAll ? 0 : (since?.size ?? 0);
    await judgeRedactions(session, place, { erased, after, pruning, limit, findings });
    if (pruning !== null) {
      await judgePruning(session, place, { pruning, chainId: head?.chainId ?? null }, findings);
    }
  }
  if (isCustody) await judgeGuards(session, place.schema, installed, findings);
  const unjudged = isCustody ? [] : await describeGuards(session, place);
  if (heads !== null) await judgeHead(session, place, { heads, walk, base, findings });

  const isNoneRight = !isCustody && walk.rows() > 0 && findings.totalOf("altered") === walk.rows();
  const first = findings.first();
  return {
    rowCount: start + walk.rows(),
    treeSize: walk.size(),
    firstBreakId: first?.id ?? "",
    firstBreakPos: first?.position ?? -1,
    verifierWalked: walk.rows(),
    chainHeadHash: headHash(heads, walk, base),
    rootHash: toHex(root),
    unanchoredRows: start + walk.rows(),
    findings: findings.findings(),
    findingsTotal: findings.total(),
    chainId: head?.chainId ?? null,
    mark: first === null ? (marks.get(markAt) ?? null) : null,
    base: base && { size: base.size, rowHash: base.rowHash, frontier: base.frontier },
    waypoints: marks,
    notes: [
      ...(isNoneRight ? [noneRight(place)] : []),
      ...notesOf(place, heads, head),
      ...(isReadable ? [] : [prunedUnseen(place)]),
      ...unjudged,
    ],
  };
}

function genesisFor(
  { definition }: ChainPlace,
  head: ChainHead | undefined,
  base: ChainMark | null,
): WalkContext["genesis"] {
  if (base !== null) return base.rowHash;
  if (definition.first_prev_hash !== "chain-id") return "none";
  return (head?.chainId ? genesisOf(head.chainId) : null) ?? "unknown";
}

function headHash(heads: readonly ChainHead[] | null, walk: Walk, base: ChainMark | null): string {
  if (heads !== null) return heads.find((each) => each.key === "1")?.rowHash ?? "";
  const hash = walk.last()?.hash ?? base?.rowHash;
  return hash === undefined ? "" : toHex(hash);
}

/** Nobody changes every row, and some profile may be the wrong one. */
function noneRight({ profile }: ChainPlace): string {
  return `no row at all gives its row_hash: before anything else see whether the profile ${profile} says how these rows are hashed`;
}

function notesOf(
  place: ChainPlace,
  heads: readonly ChainHead[] | null,
  head: ChainHead | undefined,
): readonly string[] {
  const { definition } = place;
  const notes = [...separatorLimit(definition)];
  if (heads === null) notes.push("the profile names no head: rows cut from the end cannot be seen");
  else if (definition.first_prev_hash === "chain-id" && head === undefined) {
    notes.push("without its head the chain has no name: its first link cannot be checked");
  }
  return notes;
}
