import type { BinaryRow } from "../../postgres/copy-binary.ts";
import { toHex } from "../../run/sha256.ts";
import type { FindingCollector } from "../finding.ts";
import { reportErased, reportRedaction, reportUnrecordedPruning } from "../judge-redactions.ts";
import { int8Field, isNull, lengthOf, startOf, textField } from "../row-bytes.ts";
import type { RowCheck } from "../row-check.ts";
import type { ChainMark } from "../waypoints.ts";

/**
 * Judges redacted rows, the events that say so and the record of a pruning without a database, for chains of the rules
 * `custody-v1`: what `judge-redactions.ts` asks of the server. Memory grows with the redactions, not with the rows.
 */
export interface RedactionLedger {
  /** To be called for every row, after `check` has read it. */
  see(row: BinaryRow): void;
  /** Ids of rows that must be looked at again before `report` can be called. */
  wanted(): ReadonlySet<string>;
  /** A row with one of the wanted ids. */
  look(row: BinaryRow): void;
  /** `base`: what was pruned; null where nothing was. */
  report(base: ChainMark | null, findings: FindingCollector): void;
}

interface Row {
  readonly id: string;
  readonly seq: number;
  readonly action: string;
  readonly rowHash: string;
  readonly detailsHash: string;
  readonly isErased: boolean;
}

interface Redaction {
  readonly id: string;
  readonly seq: number;
  readonly resourceType: string;
  readonly target: string;
  readonly details: Readonly<Record<string, unknown>>;
}

const redacted = "audit.redacted";
const pruned = "audit.pruned";

export function createRedactionLedger(check: RowCheck): RedactionLedger {
  const field = (column: string): number =>
    check.fields.findIndex((each) => "column" in each && each.column === column);
  const fields = {
    action: field("action"),
    resourceType: field("resource_type"),
    resourceId: field("resource_id"),
    details: field("details"),
    salt: field("details_salt"),
    detailsHash: field("details_hash"),
  };
  const rows = new Map<string, Row>();
  const redactions: Redaction[] = [];
  const prunings: Readonly<Record<string, unknown>>[] = [];

  return {
    see(row) {
      if (isErased(row)) keep(row);
      const length = lengthOf(row, fields.action);
      if (length !== redacted.length && length !== pruned.length) return;
      const action = textField(row, fields.action);
      if (action === pruned) prunings.push(readDetails(row));
      if (action !== redacted) return;
      redactions.push({
        id: textField(row, check.idField),
        seq: int8Field(row, check.seqField),
        resourceType: textField(row, fields.resourceType),
        target: textField(row, fields.resourceId),
        details: readDetails(row),
      });
    },
    wanted: () => new Set(redactions.flatMap(({ target }) => (rows.has(target) ? [] : [target]))),
    look: keep,
    report(base, findings) {
      const recorded = new Set<string>();
      for (const event of redactions) {
        const row = rows.get(event.target);
        if (speaksOfPruned(event, row, base)) continue;
        const isFitting = row !== undefined && fits(event, row);
        if (isFitting && row.isErased) recorded.add(row.id);
        else reportRedaction({ ...event, fits: isFitting }, findings);
      }
      for (const row of rows.values()) if (row.isErased && !recorded.has(row.id)) reportErased(row, findings);
      if (base !== null && !prunings.some((details) => tellsOf(details, base)))
        reportUnrecordedPruning(base.size, findings);
    },
  };

  function isErased(row: BinaryRow): boolean {
    return isNull(row, fields.salt) && isNull(row, fields.details);
  }

  function keep(row: BinaryRow): void {
    const id = textField(row, check.idField);
    rows.set(id, {
      id,
      seq: isNull(row, check.seqField) ? 0 : int8Field(row, check.seqField),
      action: textField(row, fields.action),
      rowHash: hexField(row, check.rowHashField),
      detailsHash: hexField(row, fields.detailsHash),
      isErased: isErased(row),
    });
  }

  function readDetails(row: BinaryRow): Readonly<Record<string, unknown>> {
    try {
      const details: unknown = JSON.parse(textField(row, fields.details));
      return typeof details === "object" && details !== null ? { ...details } : {};
    } catch {
      // Erased details, or text that no server writes: they tell nothing.
      return {};
    }
  }
}

/** Whether an event's details are what a redaction of `row` has, word for word but for the reason. */
function fits({ resourceType, seq, details }: Redaction, row: Row): boolean {
  const keys = Object.keys(details).toSorted().join();
  return (
    resourceType === "audit_event" &&
    keys === "details_hash,reason,row_hash,seq" &&
    typeof details["reason"] === "string" &&
    details["seq"] === row.seq &&
    details["row_hash"] === row.rowHash &&
    details["details_hash"] === row.detailsHash &&
    row.seq < seq &&
    !row.action.startsWith("audit.") &&
    !row.action.startsWith("drop.")
  );
}

/** Whether the row was pruned since; `row` has its id, which a writer may have given to a later event. */
function speaksOfPruned({ details }: Redaction, row: Row | undefined, base: ChainMark | null): boolean {
  const seq = details["seq"];
  const isPruned = base !== null && typeof seq === "number" && seq <= base.size;
  return isPruned && (row === undefined || row.seq === 0 || row.seq > base.size);
}

function tellsOf(details: Readonly<Record<string, unknown>>, base: ChainMark): boolean {
  return (
    Object.keys(details).toSorted().join() === "archive_sha256,frontier,row_hash,size" &&
    details["size"] === base.size &&
    details["row_hash"] === toHex(base.rowHash) &&
    JSON.stringify(details["frontier"]) === JSON.stringify(base.frontier.map(toHex))
  );
}

function hexField(row: BinaryRow, field: number): string {
  const at = startOf(row, field);
  return isNull(row, field) ? "" : toHex(row.buffer.subarray(at, at + lengthOf(row, field)));
}
