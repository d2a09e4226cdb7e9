import type { FindingCollector } from "./finding.ts";
import type { ChainHead, Pruning } from "./read-base.ts";
import { toHex } from "./sha256.ts";
import type { Walk } from "./walk.ts";

/** Compares the head with the newest row of the same snapshot: they are equal exactly, whatever else is written. */
export function judgeHead(
  heads: readonly ChainHead[],
  walk: Walk,
  pruning: Pruning | null,
  findings: FindingCollector,
): void {
  const last = walk.last();
  const position = Math.max(walk.size() - 1, 0);
  const id = last?.id ?? "";
  const report = (detail: string): void => findings.add({ class: "head-mismatch", position, id, detail });
  const head = heads.find((each) => each.key === "1");
  if (heads.length > 1) report(`there are ${heads.length} heads`);
  if (head === undefined) {
    report("the head is missing");
    return;
  }
  const hash = last?.hash ?? pruning?.rowHash ?? null;
  const seq = last?.seq ?? pruning?.size ?? 0;
  const isHashRight =
    hash === null ? head.rowHash === "" : [hash, ...walk.ends()].some((each) => toHex(each) === head.rowHash);
  const isSeqRight = head.seq === null || head.seq === seq;
  if (isHashRight && isSeqRight) return;
  report(
    `the head is ${describe(head.seq, head.rowHash)}, the newest row ${describe(head.seq === null ? null : seq, hash === null ? "" : toHex(hash))}`,
  );
}

function describe(seq: number | null, hash: string): string {
  const shown = hash === "" ? "none" : `${hash.slice(0, 16)}…`;
  return seq === null ? shown : `seq ${seq}, ${shown}`;
}
