import { explainServerError } from "../../postgres/connect.ts";
import type { Session } from "../../postgres/connect.ts";
import { qualifiedName } from "../../postgres/identifiers.ts";

/** Rows of one transaction: a chain whose trigger moves the head for every row pays for each of them again. */
const batchRows = 2000;

/**
 * Writes events as a program does: issue, renew, revoke, login, one after the other, ids `audit-smoke-0000` …, each a millisecond
 * after the one before, the last one now. Only the columns that every profile has.
 */
export async function insertEvents(
  session: Session,
  schema: string,
  rows: number,
  options: { readonly signal?: AbortSignal; readonly onProgress?: (done: number, total: number) => void },
): Promise<void> {
  const events = qualifiedName(schema, "audit_events");
  for (let first = 0; first < rows; first += batchRows) {
    options.signal?.throwIfAborted();
    const last = Math.min(rows, first + batchRows) - 1;
    await session.sql
      .unsafe(`
      INSERT INTO ${events} (id, actor, actor_type, action, resource_type, resource_id, details, "timestamp")
      SELECT 'audit-smoke-' || lpad(n::text, greatest(4, length(n::text)), '0'), 'smoke-actor', 'User',
        (ARRAY['certificate.issue', 'certificate.renew', 'certificate.revoke', 'session.login'])[1 + n % 4],
        'certificate', 'mc-smoke',
        jsonb_build_object('n', n, 'price', 1.50, 'note', 'naïve "q" \\ | é', 'none', NULL, 'tags', jsonb_build_array('a', n)),
        clock_timestamp() - (${rows} - 1 - n) * interval '1 millisecond'
      FROM generate_series(${first}, ${last}) n ORDER BY n`)
      .catch((error: unknown) => {
        throw explainServerError(error, "writing the workload's events");
      });
    options.onProgress?.(last + 1, rows);
  }
}
