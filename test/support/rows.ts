import { expect } from "bun:test";
import { findChain } from "../../src/audit/find-chain.ts";
import type { Finding } from "../../src/audit/finding.ts";
import { createRowCodec } from "../../src/audit/rows/row-codec.ts";
import { verifyRows } from "../../src/audit/rows/verify-rows.ts";
import type { RowsVerification } from "../../src/audit/rows/verify-rows.ts";
import { verifyChain } from "../../src/audit/verify-chain.ts";
import type { ChainVerification } from "../../src/audit/verify-chain.ts";
import type { BinaryRow } from "../../src/postgres/copy-binary.ts";
import { toHex } from "../../src/run/sha256.ts";
import type { Session } from "../../src/postgres/session.ts";

/** The fields of a row, copied. */
export function partsOf(row: BinaryRow): (Uint8Array | null)[] {
  return Array.from(row.lengths, (length, field) =>
    length < 0 ? null : row.buffer.slice(row.starts[field], row.starts[field]! + length),
  );
}

export async function* linesOf(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

/**
 * Verifies the chain in the session's transaction, and its rows again without the database: both must find the same, but
 * for the head and the guards, which are no rows.
 */
export async function verifyTwice(
  session: Session,
  waypoints: readonly number[] = [],
): Promise<{
  readonly live: ChainVerification;
  readonly offline: RowsVerification;
  readonly lines: readonly string[];
  /** The row hashes in link order, hex. */
  readonly leaves: readonly string[];
}> {
  const place = (await findChain(session))!;
  const codec = createRowCodec(place.definition);
  const lines: string[] = [];
  const leaves: string[] = [];
  const live = await verifyChain(session, place, {
    waypoints,
    onRow: (row) => lines.push(codec.write(row)),
    onLeaf: (leaf) => leaves.push(toHex(leaf.subarray(1))),
  });
  const { base, chainId } = live;
  const offline = await verifyRows(place.definition, "rows.jsonl", () => linesOf(lines), {
    base,
    chainId,
    waypoints,
  });
  const ofRows = ({ class: name }: Finding): boolean => name !== "head-mismatch" && name !== "guard-changed";
  expect(offline.findings).toEqual(live.findings.filter(ofRows));
  expect(offline).toMatchObject({
    rowCount: live.rowCount,
    verifierWalked: live.verifierWalked,
    rootHash: live.rootHash,
  });
  expect(offline.waypoints).toEqual(live.waypoints);
  return { live, offline, lines, leaves };
}
