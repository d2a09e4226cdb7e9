import { blockRows } from "../../audit/blocks/block.ts";
import { endOf, extendTable, hashBefore, markBefore } from "../../audit/blocks/block-table.ts";
import type { BlockTable } from "../../audit/blocks/block-table.ts";
import { rootAt } from "../../audit/waypoints.ts";
import type { ChainMark } from "../../audit/waypoints.ts";
import type { BlockReading } from "../../audit/blocks/block.ts";
import { equalHashes } from "../../audit/row-bytes.ts";
import { fromHex } from "../../run/sha256.ts";
import type { WatchMemory } from "./memory.ts";
import type { BlockStart, Reading } from "./ports.ts";

/** What is known after a reading of everything, begun at `startedAt`, that found nothing. */
export function memoryOf(
  reading: Reading,
  startedAt: number,
  known: Pick<WatchMemory, "checkpoints" | "acceptances">,
): WatchMemory {
  const { recorded, result } = reading;
  const table = recorded === null ? null : extendTable(recorded.table, recorded.blocks);
  return {
    identity: reading.identity,
    lsn: reading.lsnAfter,
    tip: tipOf(reading),
    mark: result.mark,
    table,
    pass: { next: table?.first ?? 0, startedAt },
    ...known,
    allReadSince: startedAt,
  };
}

/** What is known after a reading from a mark on that fits what was known. */
export function extendMemory(memory: WatchMemory, reading: Reading): WatchMemory {
  return {
    ...memory,
    identity: {
      chainId: reading.identity.chainId ?? memory.identity.chainId,
      systemIdentifier: reading.identity.systemIdentifier ?? memory.identity.systemIdentifier,
      timeline: reading.identity.timeline ?? memory.identity.timeline,
    },
    lsn: reading.lsnAfter ?? memory.lsn,
    tip: tipOf(reading),
    mark: reading.result.mark ?? memory.mark,
    table: grown(memory.table, reading.recorded),
  };
}

/** A part of history, a block or at last what lies behind the last full one, was read and is as it was. */
export function advancePass(memory: WatchMemory, now: number, base: ChainMark | null): WatchMemory {
  const { pass, table } = memory;
  if (table !== null && pass.next < endOf(table)) {
    return { ...memory, pass: { ...pass, next: pass.next + 1 } };
  }
  return {
    ...memory,
    allReadSince: pass.startedAt,
    pass: { next: firstReadable(table, base), startedAt: now },
  };
}

/** The first block that has not been pruned whole. */
export function firstReadable(table: BlockTable | null, base: ChainMark | null): number {
  return Math.max(table?.first ?? 0, Math.floor((base?.size ?? 0) / blockRows));
}

/** What block `index` stands on, where the rows that are left of it begin. */
export function startOfBlock(
  table: BlockTable,
  index: number,
  base: ChainMark | null,
): { readonly start: number; readonly from: BlockStart } {
  if (base !== null && base.size >= index * blockRows) return { start: base.size, from: { base } };
  const previous = hashBefore(table, index);
  return { start: index * blockRows, from: previous === null ? "beginning" : { previous } };
}

/** Whether a block is as the table knows it. */
export function isAsKnown(reading: BlockReading, table: BlockTable, index: number): boolean {
  const known = table.blocks[index - table.first];
  if (!reading.isClean || known === undefined || !equalHashes(reading.mark.rowHash, known.lastHash))
    return false;
  if (reading.mark.size === blockRows) return equalHashes(rootAt(reading.mark), known.root);
  const after = markBefore(table, index + 1);
  return after !== null && equalHashes(rootAt(reading.mark), rootAt(after));
}

function tipOf({ result }: Reading): WatchMemory["tip"] {
  return { size: result.treeSize, root: fromHex(result.rootHash) ?? new Uint8Array(0) };
}

/** A reading that began in a block that is known completes it again: only what is new is added. */
function grown(table: BlockTable | null, recorded: Reading["recorded"]): BlockTable | null {
  if (table === null || recorded === null) return table;
  return extendTable(table, recorded.blocks.slice(endOf(table) - recorded.table.first));
}
