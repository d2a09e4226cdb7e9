import type { BinaryRow } from "../postgres/copy-binary.ts";
import { createIdSlot, equalHashes, int8Field, isNull, lengthOf, startOf, textField } from "./row-bytes.ts";
import { toHex } from "./sha256.ts";
import { judgeContent } from "./walk.ts";
import type { BrokenLink, Walk, WalkContext } from "./walk.ts";

/** Walks a chain that counts its rows, read in the order of seq with what has none at the end. */
export function walkSequence(context: WalkContext): Walk {
  const { check, findings, frontier } = context;
  const { verdict } = check;
  const lastId = createIdSlot();
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
        const id = textField(row, check.idField);
        findings.add({ class: "unlinked", position, id, detail: "the row has no seq: it never was linked" });
        return;
      }
      const id = (): string => textField(row, check.idField);
      judgeNumber(int8Field(row, check.seqField), position, id);
      judgeLink(position, id);
      judgeContent(context, position, id);
      remember(row);
    },
    finish: () => undefined,
    rows: () => rows,
    size: () => context.start + linked,
    last: () =>
      linked === 0
        ? null
        : {
            id: lastId.text(),
            hash: check.before.stored.slice(),
            seq: lastSeq,
          },
    ends: () => (linked === 0 ? [] : [check.before.stored.slice()]),
    brokenLinks: () => broken,
    erased: () => erased,
  };

  function judgeNumber(seq: number, position: number, id: () => string): void {
    const due = lastSeq + 1;
    if (seq !== due) {
      const isDuplicate = linked > 0 && seq === lastSeq;
      findings.add({
        class: isDuplicate ? "duplicate-seq" : "gap",
        position,
        id: id(),
        detail: isDuplicate ? `seq ${seq} is there twice` : `seq ${seq} follows where ${due} is due`,
      });
    }
    lastSeq = seq;
  }

  /** A row may lead to what the row before has, or, where that was tampered with, to what its content gives. */
  function judgeLink(position: number, id: () => string): void {
    const isFirst = linked === 0;
    const isRight = isFirst
      ? isGenesis()
      : verdict.hasPrevious &&
        (equalHashes(check.previous, check.before.stored) ||
          equalHashes(check.previous, check.before.computed));
    if (isRight) return;
    const previous = verdict.hasPrevious ? check.previous.slice() : null;
    const place = isFirst ? "the chain's beginning" : "the row before";
    if (broken.length >= context.limit) {
      findings.add({ class: "missing", position, id: id(), detail: `prev_hash does not lead to ${place}` });
      return;
    }
    broken.push({
      position,
      id: id(),
      previous,
      isGenesis: !isFirst && isGenesis(),
      detail:
        previous === null
          ? "prev_hash is NULL or no hash"
          : `prev_hash ${toHex(previous).slice(0, 16)}… does not lead to ${place}`,
    });
  }

  /** Whether the row's prev_hash is the one that the first row must have. */
  function isGenesis(): boolean {
    const { genesis } = context;
    if (genesis === "unknown") return false;
    if (genesis === "none") return verdict.isPreviousNull;
    return verdict.hasPrevious && equalHashes(check.previous, genesis);
  }

  function remember(row: BinaryRow): void {
    linked += 1;
    // What is no hash is replaced by what the content gives, so that one fault is one finding.
    if (!verdict.hasStored) check.now.stored.set(check.now.computed);
    frontier.push(check.now.stored);
    check.keep();
    lastId.set(row.buffer, startOf(row, check.idField), lengthOf(row, check.idField));
  }
}
