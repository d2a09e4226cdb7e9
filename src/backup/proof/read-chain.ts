import { profileColumns } from "../../audit/find-chain.ts";
import type { ChainPlace } from "../../audit/find-chain.ts";
import { verifyChain } from "../../audit/verify-chain.ts";
import type { ChainMark } from "../../audit/verify-chain.ts";
import type { Session } from "../../postgres/connect.ts";
import { qualifiedName } from "../../postgres/identifiers.ts";
import type { ChainReading, Watch } from "./readings.ts";

/** Findings beyond this are counted in the last line. */
const limitFindings = 20;

/** A chain is marked before its newest rows, so that a sabotage of them costs no second reading of it all. */
const markRows = 64;

/** Recomputes a chain in the session's transaction, outside the database. */
export async function readChain(
  session: Session,
  place: ChainPlace,
  options: { readonly watch?: Watch; readonly since?: ChainMark; readonly signal: AbortSignal },
): Promise<ChainReading> {
  const chain = await verifyChain(session, place, {
    limitFindings,
    markRows,
    signal: options.signal,
    ...(options.watch === undefined ? {} : { onProgress: options.watch }),
    ...(options.since === undefined ? {} : { since: options.since }),
  });
  return {
    schema: place.schema,
    profile: place.profile,
    rowCount: chain.rowCount,
    headHash: chain.chainHeadHash,
    firstBreakId: chain.firstBreakId,
    firstBreakPos: chain.firstBreakPos,
    walked: chain.verifierWalked,
    findings: chain.findings.map(
      ({ class: kind, position, id, detail }) =>
        `${kind} at ${position}${id === "" ? "" : ` (${id})`}: ${detail}`,
    ),
    newestEventAt: await readNewest(session, place),
    mark: chain.mark,
  };
}

/** When the newest event happened; null where the profile does not say which column tells. */
async function readNewest(session: Session, { schema, definition }: ChainPlace): Promise<Date | null> {
  if (!profileColumns(definition).includes("timestamp")) return null;
  const [newest] = await session.sql.unsafe<{ at: string | null }[]>(
    `SELECT extract(epoch FROM max("timestamp"))::text AS at FROM ${qualifiedName(schema, definition.table)} WHERE isfinite("timestamp")`,
  );
  return newest?.at ? new Date(Number(newest.at) * 1000) : null;
}
