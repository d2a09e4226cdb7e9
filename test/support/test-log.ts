import { formatCheckpoint } from "../../src/audit/note/checkpoint.ts";
import { signNote } from "../../src/audit/note/signed-note.ts";
import type { SigningKey } from "../../src/audit/note/signing-key.ts";
import { formatSubmission } from "../../src/audit/witness/submission.ts";
import { leafHash, naiveTree, testLeaves } from "./merkle.ts";

/** A log of so many leaves whose checkpoints can be had at every size. */
export interface TestLog {
  readonly origin: string;
  root(size: number): Uint8Array;
  proof(from: number, to: number): readonly Uint8Array[];
  /** Signed by `keys`, the log's own when none are given. */
  checkpoint(size: number, keys?: readonly SigningKey[]): string;
  /** A whole request to `add-checkpoint`. */
  submission(from: number, to: number): string;
}

/** @param forkAt leaves from this one on differ from those of a log that has none, or another */
export function testLog(key: SigningKey, origin: string, size: number, forkAt = size, salt = 1): TestLog {
  const leaves = testLeaves(size).map((leaf, index) =>
    index < forkAt ? leaf : Uint8Array.of(0, ...leafHash(Uint8Array.of(salt, ...leaf))),
  );
  const tree = naiveTree(leaves);
  const log: TestLog = {
    origin,
    root: (at) => tree.root(0, at),
    proof: (from, to) => (from === 0 || from === to ? [] : tree.proof(from, to)),
    checkpoint: (at, keys = [key]) =>
      signNote(formatCheckpoint({ origin, size: at, root: log.root(at) }), keys),
    submission: (from, to) =>
      formatSubmission({ oldSize: from, proof: log.proof(from, to), note: log.checkpoint(to) }),
  };
  return log;
}
