import type { BinaryRow } from "../../postgres/copy-binary.ts";
import { explainServerError } from "../../postgres/explain-error.ts";
import type { Session } from "../../postgres/session.ts";
import { profileColumns, relationName } from "../find-chain.ts";
import type { ChainPlace } from "../find-chain.ts";
import { readRows } from "../read-rows.ts";
import { createRowCheck } from "../row-check.ts";
import { createRowCodec } from "../rows/row-codec.ts";
import { lockPlainTable, pinSettings } from "../secure-reading.ts";

const savepoint = "custody_export_rows";
const rowsBetweenProgress = 1024;

/**
 * Gives rows of a chain that counts them as `RowCodec` lines, in the order of their numbers, in the caller's transaction. They
 * are not judged: whoever keeps the lines verifies what was kept. Throws `OpsError`; `InterruptedError` at the signal.
 */
export async function exportRows(
  session: Session,
  place: ChainPlace,
  range: { readonly after: number; readonly to: number },
  options: {
    readonly onLine: (line: string) => void;
    readonly onProgress: (rows: number, total: number) => void;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { definition } = place;
  const { onLine, onProgress, signal } = options;
  const codec = createRowCodec(definition);
  const total = range.to - range.after;
  let rows = 0;
  const onRow = (row: BinaryRow): void => {
    onLine(codec.write(row));
    rows += 1;
    if (rows % rowsBetweenProgress === 0) onProgress(rows, total);
  };
  try {
    await session.sql.unsafe(`savepoint ${savepoint}`);
    await pinSettings(session);
    await lockPlainTable(session, place, definition.table, profileColumns(definition));
    await session.sql.unsafe("set local enable_sort = off");
    const { expressions } = createRowCheck(definition);
    await readRows(session, place, range, { expressions, onRow, signal });
    await session.sql.unsafe(`rollback to savepoint ${savepoint}; release savepoint ${savepoint}`);
  } catch (error) {
    if (signal.aborted) throw error;
    throw explainServerError(error, `reading the audit chain ${relationName(place, definition.table)}`);
  }
}
