import type { ChainProfile } from "./profile.ts";

/** What can be wrong with a chain, without a checkpoint or with one. The names are a promise: documents carry them. */
export type FindingClass =
  | "altered"
  | "details-altered"
  | "missing"
  | "gap"
  | "duplicate-seq"
  | "fork"
  | "extra-genesis"
  | "unlinked"
  | "head-mismatch"
  | "truncated"
  | "rewritten"
  | "restored"
  | "redaction-unrecorded"
  | "redaction-invalid"
  | "redaction-undone"
  | "guard-changed";

export interface Finding {
  readonly class: FindingClass;
  /** In link order, from 0, pruned rows included; -1 for what is no row's. */
  readonly position: number;
  /** The row's id; "" for what is no row's. */
  readonly id: string;
  /** What was seen: numbers and hashes, never a value of a row. */
  readonly detail: string;
  /** What most likely did it. */
  readonly cause: string;
}

const causes: Readonly<Record<FindingClass, string>> = {
  altered: "the row was changed after it was written, or was written with the triggers off",
  "details-altered": "details or their salt were changed after the row was written",
  missing: "rows were deleted, or the row before was replaced by one with another hash",
  gap: "the rows with these numbers were deleted",
  "duplicate-seq": "a row was inserted with the triggers off",
  fork: "a row was inserted, or moved to another place, with the triggers off",
  "extra-genesis": "a row was inserted with the triggers off, or a second chain was copied in",
  unlinked: "the row was inserted with the triggers off",
  "head-mismatch": "the newest rows were deleted, or the head was changed, with the triggers off",
  truncated: "rows were deleted since the checkpoint, and the head was mended",
  rewritten: "rows were changed since the checkpoint, and the chain was hashed again",
  restored: "the database was restored from a backup older than the checkpoint",
  "redaction-unrecorded": "details were erased with the triggers off",
  "redaction-invalid": "the event was inserted, or its row replaced, with the triggers off",
  "redaction-undone": "the row was restored from a backup older than the redaction",
  "guard-changed": "somebody with the owner's rights changed what guards the chain",
};

/** In a chain whose own trigger moves the head when a row is inserted, whatever becomes of the row. */
const causesWithMovingHead: Readonly<Partial<Record<FindingClass, string>>> = {
  missing:
    "rows were deleted, or the row before was replaced by one with another hash; or the head once moved without a row (INSERT … ON CONFLICT DO NOTHING that hit a duplicate)",
  "head-mismatch":
    "the newest rows were deleted, or the head was changed; or it moved without a row (INSERT … ON CONFLICT DO NOTHING that hit a duplicate)",
};

/** Findings that were made after the rows were read, among those of the rows. */
export function mergeFindings(left: readonly Finding[], right: readonly Finding[]): readonly Finding[] {
  const all = [...left, ...right];
  return [
    ...all.filter((each) => each.position >= 0).toSorted((one, other) => one.position - other.position),
    ...all.filter((each) => each.position < 0),
  ];
}

export interface FindingCollector {
  add(finding: Omit<Finding, "cause"> & { readonly cause?: string | undefined }): void;
  /** Counts findings beyond the limit that nobody looked at one by one: all have higher positions than those that were added. */
  count(unlisted: number): void;
  /** Those of rows in the order of their positions, then the others. */
  findings(): readonly Finding[];
  /** All that were seen, reported or not. */
  total(): number;
  /** Of those that were added, how many are of a class. */
  totalOf(wanted: FindingClass): number;
  /** The lowest position that a row's finding has. */
  first(): { readonly id: string; readonly position: number } | null;
}

/**
 * Keeps the `limit` findings that have the lowest positions, beside them as many that are no row's, and counts all.
 * Of what custody installed it is known that the head moves at commit, with the rows; of other profiles it is not.
 */
export function createFindingCollector(
  limit: number,
  profile?: Pick<ChainProfile, "rules" | "head">,
): FindingCollector {
  const isHeadMoving = profile?.head !== undefined && profile.rules === undefined;
  const causeOf: Readonly<Record<FindingClass, string>> = isHeadMoving
    ? { ...causes, ...causesWithMovingHead }
    : causes;
  const ofRows: Finding[] = [];
  const others: Finding[] = [];
  let highest = -1;
  let total = 0;
  const totals = new Map<FindingClass, number>();
  let first: { id: string; position: number } | null = null;
  return {
    add(finding) {
      total += 1;
      totals.set(finding.class, (totals.get(finding.class) ?? 0) + 1);
      const { id, position } = finding;
      const whole: Finding = { ...finding, cause: finding.cause ?? causeOf[finding.class] };
      if (position < 0) {
        if (others.length < limit) others.push(whole);
        return;
      }
      if (first === null || position < first.position) first = { id, position };
      if (ofRows.length < limit) {
        ofRows.push(whole);
        highest = Math.max(highest, position);
      } else if (position < highest) {
        ofRows[ofRows.findIndex((each) => each.position === highest)] = whole;
        highest = ofRows.reduce((most, each) => Math.max(most, each.position), -1);
      }
    },
    count(unlisted) {
      total += unlisted;
    },
    findings: () => [...ofRows.toSorted((left, right) => left.position - right.position), ...others],
    total: () => total,
    totalOf: (wanted) => totals.get(wanted) ?? 0,
    first: () => first,
  };
}
