import type { BinaryRow } from "../postgres/copy-binary.ts";
import { quoteIdentifier } from "../postgres/identifiers.ts";
import type { Session } from "../postgres/session.ts";
import { blockRows } from "./blocks/block.ts";
import type { BlockReader } from "./blocks/block-reader.ts";
import { walkBlocks } from "./blocks/walk-blocks.ts";
import { relationName } from "./find-chain.ts";
import type { ChainPlace } from "./find-chain.ts";
import type { FindingCollector } from "./finding.ts";
import { createMerkleFrontier } from "./merkle/frontier.ts";
import type { MerkleFrontier } from "./merkle/frontier.ts";
import { readRows } from "./read-rows.ts";
import { createRowCheck } from "./row-check.ts";
import { walkLinks } from "./walk-links.ts";
import { walkSequence } from "./walk-sequence.ts";
import type { Walk, WalkContext } from "./walk.ts";
import { createWaypoints, rootAt } from "./waypoints.ts";
import type { ChainMark } from "./waypoints.ts";

interface WalkOptions {
  /** What the first row that is read stands on: a pruning, or a mark; null where the chain begins. */
  readonly base: ChainMark | null;
  readonly genesis: WalkContext["genesis"];
  readonly findings: FindingCollector;
  readonly limit: number;
  /** Sizes at which the chain is to be marked. */
  readonly waypoints: readonly number[];
  /** Whether `base` is a mark before which the chain has rows that are not to be read. */
  readonly isPartial: boolean;
  /** Readers of blocks, which are asked first: what they find clean need not be read again. */
  readonly readers: readonly BlockReader[];
  readonly onLeaf: ((leaf: Uint8Array, index: number, tree: MerkleFrontier) => void) | undefined;
  readonly onRow: ((row: BinaryRow) => void) | undefined;
  readonly onProgress: (rows: number) => void;
  readonly signal: AbortSignal | undefined;
}

interface Walked {
  readonly walk: Walk;
  /** The RFC 6962 root over all rows, those below `base` included; 32 bytes. */
  readonly root: Uint8Array;
  readonly marks: ReadonlyMap<number, ChainMark>;
}

/** Reads and judges every row behind `base`. */
export async function walkChain(session: Session, place: ChainPlace, options: WalkOptions): Promise<Walked> {
  const isCounted = place.definition.order === "seq";
  // An index gives the order of seq; a sort would spill. What is asked afterwards sorts a few rows and must not scan all.
  if (isCounted) await session.sql.unsafe("set local enable_sort = off");
  const walked =
    (await walkSideBySide(session, place, options)) ?? (await walkInOrder(session, place, options));
  if (isCounted) await session.sql.unsafe("set local enable_sort = on");
  return walked;
}

async function walkInOrder(session: Session, place: ChainPlace, options: WalkOptions): Promise<Walked> {
  const { base, onRow, onProgress, signal } = options;
  const frontier = frontierFrom(base, options.onLeaf);
  const waypoints = createWaypoints(options.waypoints, base);
  const check = createRowCheck(place.definition);
  const context: WalkContext = { ...options, check, frontier, start: base?.size ?? 0, waypoints };
  const walk = place.definition.order === "seq" ? walkSequence(context) : walkLinks(context);
  const reading = {
    expressions: check.expressions,
    onRow:
      onRow === undefined
        ? (row: BinaryRow) => walk.onRow(row)
        : (row: BinaryRow) => {
            walk.onRow(row);
            onRow(row);
          },
    onReceived: () => onProgress(walk.rows()),
    signal,
  };
  if (options.isPartial) {
    // Those without a number apart, so that an index finds either.
    await readRows(session, place, { after: context.start }, reading);
    await readRows(session, place, "unnumbered", reading);
  } else await readRows(session, place, {}, reading);
  walk.finish();
  return { walk, root: frontier.root(), marks: waypoints.reached() };
}

/** Null where the rows cannot be read in blocks, or where one of the blocks is not clean. */
async function walkSideBySide(
  session: Session,
  place: ChainPlace,
  options: WalkOptions,
): Promise<Walked | null> {
  const { base, genesis, readers, onLeaf, onRow, onProgress } = options;
  const isReadable = place.definition.order === "seq" && genesis !== "unknown" && !options.isPartial;
  if (readers.length === 0 || !isReadable || onLeaf !== undefined || onRow !== undefined) return null;
  const lastSeq = await lastNumber(session, place);
  if (lastSeq === null) return null;
  const { waypoints } = options;
  const ends = { base, genesis, lastSeq, waypoints, rowsPerBlock: blockRows, onProgress };
  const joined = await walkBlocks(readers, ends);
  return joined === null ? null : { walk: joined.walk, root: rootAt(joined.end), marks: joined.marks };
}

/** The number of the newest row; null where there is a row without one, or no row at all. */
async function lastNumber(session: Session, place: ChainPlace): Promise<number | null> {
  const { columns, table } = place.definition;
  const seq = `t.${quoteIdentifier(columns.seq ?? "")}`;
  const from = `from only ${relationName(place, table)} t`;
  const [row] = await session.sql.unsafe<{ last: string | null; loose: boolean }[]>(
    `select max(${seq})::text as last, exists (select ${from} where ${seq} is null) as loose ${from}`,
  );
  return row === undefined || row.last === null || row.loose ? null : Number(row.last);
}

/** The tree of what the walk begins with; every leaf that is pushed onto it is shown to `onLeaf`. */
function frontierFrom(base: ChainMark | null, onLeaf: WalkOptions["onLeaf"]): MerkleFrontier {
  const frontier = createMerkleFrontier(
    base === null ? undefined : { size: base.size, nodes: base.frontier },
  );
  if (onLeaf === undefined) return frontier;
  return {
    ...frontier,
    push(leaf) {
      onLeaf(leaf, frontier.size(), frontier);
      frontier.push(leaf);
    },
  };
}
