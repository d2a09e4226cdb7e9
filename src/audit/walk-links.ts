import type { BinaryRow } from "../postgres/copy-binary.ts";
import { equalHashes, lengthOf, startOf, textField } from "./row-bytes.ts";
import { toHex } from "../run/sha256.ts";
import { createWaitingRows } from "./waiting-rows.ts";
import type { WaitingRow } from "./waiting-rows.ts";
import { judgeContent } from "./walk.ts";
import type { BrokenLink, Walk, WalkContext } from "./walk.ts";

const maxWaitingRows = 4_000_000;
/** Stand for "no prev_hash" and for one that is no hash: no row has such a hash. */
const noHash = new Uint8Array(32);
const badHash = new Uint8Array(32).fill(0xff);

/**
 * Walks a chain that has only its links: a row is due when its prev_hash is the hash of the row before, and waits until
 * then. The order in which rows are read decides nothing but how many wait; what is broken is said only after the last.
 */
export function walkLinks(context: WalkContext): Walk {
  const { check, findings, frontier, waypoints } = context;
  const { verdict } = check;
  const waiting = createWaitingRows(maxWaitingRows);
  /** 0x00 ‖ the newest row's hash. */
  const leaf = new Uint8Array(33);
  const tail = leaf.subarray(1);
  const previous = new Uint8Array(32);
  const tailComputed = new Uint8Array(32);
  const start = typeof context.genesis === "string" ? noHash : context.genesis;
  tail.set(start);
  tailComputed.set(start);
  let size = context.start;
  let rows = 0;
  const broken: BrokenLink[] = [];
  const ends: Uint8Array[] = [];

  return {
    onRow(row) {
      rows += 1;
      check.check(row);
      if (!verdict.hasStored && lengthOf(row, check.rowHashField) <= 0) {
        const id = textField(row, check.idField);
        findings.add({
          class: "unlinked",
          position: size,
          id,
          detail: "the row has no row_hash: it never was linked",
        });
        return;
      }
      readPrevious(row);
      if (equalHashes(previous, tail) || equalHashes(previous, tailComputed)) {
        judgeContent(context, size, row);
        advance(check.now.stored.bytes, check.now.computed.bytes);
        followWaiting();
      } else {
        const idStart = startOf(row, check.idField);
        waiting.add({
          previous,
          hash: check.now.stored.bytes,
          isContentRight: verdict.isContentRight,
          id: row.buffer.subarray(idStart, idStart + lengthOf(row, check.idField)),
          order: rows,
        });
      }
    },
    finish() {
      for (let row = waiting.takeStart(); row !== null; row = waiting.takeStart()) {
        reportBreak(row);
        accept(row);
        followWaiting();
      }
    },
    rows: () => rows,
    size: () => size,
    last: () => (size === context.start ? null : { hash: tail.slice(), seq: null }),
    ends: () => (size === context.start ? ends : [...ends, tail.slice()]),
    brokenLinks: () => broken,
    erased: () => 0,
  };

  function readPrevious(row: BinaryRow): void {
    const kind = check.readPrevious(row, previous);
    if (kind !== "hash") previous.set(kind === "none" ? noHash : badHash);
  }

  function advance(hash: Uint8Array, computed: Uint8Array): void {
    tail.set(hash);
    frontier.push(leaf);
    if (frontier.size() === waypoints.next) waypoints.reach(tail, frontier);
    tailComputed.set(computed);
    size += 1;
  }

  function accept(row: WaitingRow): void {
    if (!row.isContentRight) {
      findings.add({
        class: "altered",
        position: size,
        id: Buffer.from(row.id).toString("utf8"),
        detail: "the content does not give the row_hash that the row has",
      });
    }
    advance(row.hash, row.hash);
  }

  function followWaiting(): void {
    for (let row = waiting.take(tail); row !== null; row = waiting.take(tail)) accept(row);
  }

  function reportBreak(row: WaitingRow): void {
    if (size > context.start && ends.length < context.limit) ends.push(tail.slice());
    const id = Buffer.from(row.id).toString("utf8");
    const hasNone = equalHashes(row.previous, noHash);
    const wanted = hasNone || equalHashes(row.previous, badHash) ? null : row.previous.slice();
    if (broken.length >= context.limit) {
      findings.add({
        class: "missing",
        position: size,
        id,
        detail: "prev_hash does not lead to the row before",
      });
      return;
    }
    broken.push({
      position: size,
      id,
      previous: wanted,
      isGenesis: hasNone,
      detail:
        wanted === null
          ? hasNone
            ? "the row has no prev_hash, and is not the first"
            : "prev_hash is no hash"
          : `prev_hash ${toHex(wanted).slice(0, 16)}… does not lead to the row before`,
    });
  }
}
