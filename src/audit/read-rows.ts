import { createBinaryCopyParser } from "../postgres/copy-binary.ts";
import type { BinaryRow } from "../postgres/copy-binary.ts";
import { readCopy } from "../postgres/copy-text.ts";
import type { Session } from "../postgres/session.ts";
import { quoteIdentifier } from "../postgres/identifiers.ts";
import { relationName } from "./find-chain.ts";
import type { ChainPlace } from "./find-chain.ts";

/** Which rows of a chain: all; of one that counts them those behind the first `after`, up to `to`; those without a number. */
export type RowRange = { readonly after?: number; readonly to?: number } | "unnumbered";

interface Reading {
  /** The SELECT list; `t` is the table's alias. */
  readonly expressions: readonly string[];
  readonly onRow: (row: BinaryRow) => void;
  /** Called now and then, between rows. */
  readonly onReceived?: () => void;
  readonly signal?: AbortSignal | undefined;
}

/** Reads rows by COPY in the order in which the profile walks them, those without a number last. */
export async function readRows(
  session: Session,
  place: ChainPlace,
  range: RowRange,
  { expressions, onRow, onReceived, signal }: Reading,
): Promise<void> {
  const parser = createBinaryCopyParser(expressions.length, onRow);
  await readCopy(
    session,
    statementOf(place, range, expressions),
    {
      onData: (chunk, from, to) => parser.push(chunk, from, to),
      onReceived: () => onReceived?.(),
    },
    signal,
  );
  parser.end();
}

function statementOf(place: ChainPlace, range: RowRange, expressions: readonly string[]): string {
  const { columns, order, sort, table } = place.definition;
  const names = order === "seq" ? [columns.seq ?? ""] : sort;
  const keys = names.map((each) => `t.${quoteIdentifier(each)}`).join(", ");
  const conditions =
    range === "unnumbered"
      ? [`${keys} IS NULL`]
      : [
          ...(range.after === undefined ? [] : [`${keys} > ${range.after}`]),
          ...(range.to === undefined ? [] : [`${keys} <= ${range.to}`]),
        ];
  const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")} `;
  return (
    `COPY (SELECT ${expressions.join(", ")} FROM ONLY ${relationName(place, table)} t ` +
    `${where}ORDER BY ${keys}) TO STDOUT (FORMAT binary)`
  );
}
