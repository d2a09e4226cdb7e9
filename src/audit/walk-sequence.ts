import type { BinaryRow } from "../postgres/copy-binary.ts";
import { createHash, int8Field, isNull, textField } from "./row-bytes.ts";
import { toHex } from "../run/sha256.ts";
import { judgeContent } from "./walk.ts";
import type { BrokenLink, Walk, WalkContext } from "./walk.ts";

/** Walks a chain that counts its rows, read in the order of seq with what has none at the end. */
export function walkSequence(context: WalkContext): Walk {
  const { check, findings, frontier, waypoints } = context;
  const { verdict } = check;
  let lastSeq = context.start;
  let linked = 0;
  let rows = 0;
  let erased = 0;
  const broken: BrokenLink[] = [];

  return {
    onRow(row) {
      rows += 1;
      check.check(row);
      if (verdict.isErased) erased += 1;
      const position = context.start + rows - 1;
      if (isNull(row, check.seqField)) {
        findings.add({
          class: "unlinked",
          position,
          id: idOf(row),
          detail: "the row has no seq: it never was linked",
        });
        return;
      }
      judgeNumber(row, position);
      judgeLink(row, position);
      judgeContent(context, position, row);
      remember();
    },
    finish: () => undefined,
    rows: () => rows,
    size: () => context.start + linked,
    last: () => (linked === 0 ? null : { hash: check.before.stored.bytes.slice(), seq: lastSeq }),
    ends: () => (linked === 0 ? [] : [check.before.stored.bytes.slice()]),
    brokenLinks: () => broken,
    erased: () => erased,
  };

  function idOf(row: BinaryRow): string {
    return textField(row, check.idField);
  }

  function judgeNumber(row: BinaryRow, position: number): void {
    const seq = int8Field(row, check.seqField);
    const due = lastSeq + 1;
    if (seq !== due) {
      const isDuplicate = linked > 0 && seq === lastSeq;
      findings.add({
        class: isDuplicate ? "duplicate-seq" : "gap",
        position,
        id: idOf(row),
        detail: isDuplicate ? `seq ${seq} is there twice` : `seq ${seq} follows where ${due} is due`,
      });
    }
    lastSeq = seq;
  }

  /** A row may lead to what the row before has, or, where that was tampered with, to what its content gives. */
  function judgeLink(row: BinaryRow, position: number): void {
    const isFirst = linked === 0;
    const isRight = isFirst
      ? isGenesis(row)
      : check.follows(row, check.before.stored) || check.follows(row, check.before.computed);
    if (isRight) return;
    const hash = new Uint8Array(32);
    const previous = check.readPrevious(row, hash) === "hash" ? hash : null;
    const place = isFirst ? "the chain's beginning" : "the row before";
    if (broken.length >= context.limit) {
      findings.add({
        class: "missing",
        position,
        id: idOf(row),
        detail: `prev_hash does not lead to ${place}`,
      });
      return;
    }
    broken.push({
      position,
      id: idOf(row),
      previous,
      isGenesis: !isFirst && isGenesis(row),
      detail:
        previous === null
          ? "prev_hash is NULL or no hash"
          : `prev_hash ${toHex(previous).slice(0, 16)}… does not lead to ${place}`,
    });
  }

  /** Whether the row's prev_hash is the one that the first row must have. */
  function isGenesis(row: BinaryRow): boolean {
    const { genesis } = context;
    if (genesis === "unknown") return false;
    if (genesis === "none") return check.readPrevious(row, new Uint8Array(32)) === "none";
    return check.follows(row, createHash(genesis));
  }

  function remember(): void {
    linked += 1;
    frontier.push(check.now.stored.leaf);
    check.keep();
    if (frontier.size() === waypoints.next) waypoints.reach(check.before.stored.bytes, frontier);
  }
}
