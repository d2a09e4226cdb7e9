import { equalHashes } from "../row-bytes.ts";
import type { Walk } from "../walk.ts";
import type { ChainMark } from "../waypoints.ts";
import { planBlocks } from "./block.ts";
import type { Block, BlockReading } from "./block.ts";
import type { BlockReader } from "./block-reader.ts";
import { joinMarks } from "./join-marks.ts";

interface Ends {
  /** What the rows stand on: a pruning, or a mark; null where the chain begins. */
  readonly base: ChainMark | null;
  /** What the first row of a chain without a base must lead to. */
  readonly genesis: Uint8Array | "none";
  /** The number of the newest row. */
  readonly lastSeq: number;
  /** Sizes at which the chain is to be marked. */
  readonly waypoints: readonly number[];
  /** How many rows a block has: `blockRows`, or another power of two. */
  readonly rowsPerBlock: number;
  readonly onProgress: (rows: number) => void;
}

/** What reading a chain in blocks gave: of a chain in which nothing is wrong. */
export interface JoinedBlocks {
  readonly walk: Walk;
  readonly end: ChainMark;
  readonly marks: ReadonlyMap<number, ChainMark>;
}

/**
 * Reads a chain in blocks, side by side, and joins them at their borders. Null when anything is not as it should be: what
 * that is, and where, only reading the chain from its beginning tells.
 */
export async function walkBlocks(readers: readonly BlockReader[], ends: Ends): Promise<JoinedBlocks | null> {
  const start = ends.base?.size ?? 0;
  const blocks = planBlocks(start, ends.lastSeq, ends.rowsPerBlock);
  const readings = await readAll(readers, blocks, ends);
  if (readings === null) return null;
  let joined: ChainMark = ends.base ?? { size: 0, rowHash: new Uint8Array(0), frontier: [] };
  const marks = new Map<number, ChainMark>(ends.waypoints.includes(start) ? [[start, joined]] : []);
  for (const [index, reading] of readings.entries()) {
    const isBased = index === 0 && ends.base !== null;
    if (index > 0 && (reading.previous === null || !equalHashes(reading.previous, joined.rowHash)))
      return null;
    const before = joined;
    const add = (mark: ChainMark): ChainMark => (isBased ? mark : joinMarks(before, mark));
    for (const mark of reading.marks) {
      const whole = add(mark);
      marks.set(whole.size, whole);
    }
    joined = add(reading.mark);
  }
  return { walk: walkOf(readings, joined, start), end: joined, marks };
}

/** Every reader takes the next block when it has read one. Null as soon as one of them is not clean. */
async function readAll(
  readers: readonly BlockReader[],
  blocks: readonly Block[],
  ends: Ends,
): Promise<readonly BlockReading[] | null> {
  const readings: BlockReading[] = [];
  let next = 0;
  let rows = 0;
  let isClean = true;
  await Promise.all(
    readers.map(async (reader) => {
      for (let at = next++; isClean && at < blocks.length; at = next++) {
        const block = blocks[at];
        if (block === undefined) return;
        const reading = await reader.read(block, {
          ...(at === 0 ? firstOf(ends) : {}),
          waypoints: ends.waypoints.filter((each) => each > block.start && each <= block.end),
        });
        readings[at] = reading;
        isClean &&= reading.isClean;
        rows += reading.rows;
        ends.onProgress(rows);
      }
    }),
  );
  return isClean ? readings : null;
}

function firstOf({ base, genesis }: Ends): Parameters<BlockReader["read"]>[1] {
  return base === null ? { isFirst: true, previous: genesis } : { isFirst: true, base };
}

/** The same answers as those of a walk from row to row through a chain in which nothing is wrong. */
function walkOf(readings: readonly BlockReading[], end: ChainMark, start: number): Walk {
  const rows = readings.reduce((sum, each) => sum + each.rows, 0);
  const last = rows === 0 ? null : { hash: end.rowHash, seq: start + rows };
  return {
    onRow: () => undefined,
    finish: () => undefined,
    rows: () => rows,
    size: () => start + rows,
    last: () => last,
    ends: () => (last === null ? [] : [last.hash]),
    brokenLinks: () => [],
    erased: () => readings.reduce((sum, each) => sum + each.erased, 0),
  };
}
