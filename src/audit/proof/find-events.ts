import { OpsError } from "../../errors.ts";
import { explainServerError } from "../../postgres/explain-error.ts";
import { quoteIdentifier } from "../../postgres/identifiers.ts";
import type { Session } from "../../postgres/session.ts";
import { fromHex } from "../../run/sha256.ts";
import { profileColumns, relationName } from "../find-chain.ts";
import type { ChainPlace } from "../find-chain.ts";
import { lockPlainTable, pinSettings } from "../secure-reading.ts";
import type { WantedEvent } from "./proof-collector.ts";

/**
 * Looks events up by their ids, in the caller's transaction, whose settings it pins. Throws `bad-input` for an id that no
 * row has, or several, or one that is not linked.
 */
export async function findEvents(
  session: Session,
  place: ChainPlace,
  ids: readonly string[],
): Promise<readonly WantedEvent[]> {
  if (ids.length === 0) return [];
  const hashes = await readHashes(session, place, ids);
  return [...new Set(ids)].map((id) => {
    const [hash, ...others] = hashes.get(id) ?? [];
    const table = relationName(place, place.definition.table);
    if (hash === undefined) {
      throw cannotProve(
        `there is no event ${JSON.stringify(id)} in ${table}`,
        "check its id; an event that was pruned is in the archive of its pruning",
      );
    }
    if (others.length > 0) {
      throw cannotProve(
        `there are ${others.length + 1} events ${JSON.stringify(id)} in ${table}`,
        "a proof is of one event: the id must be its own",
      );
    }
    const rowHash = fromHex(hash);
    if (rowHash?.length === 32) return { id, rowHash };
    throw cannotProve(
      `the event ${JSON.stringify(id)} has no row_hash: it is not in the chain`,
      "custody chain verify says what is wrong with it",
    );
  });
}

async function readHashes(
  session: Session,
  place: ChainPlace,
  ids: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { columns, table, hash_encoding: encoding } = place.definition;
  const name = relationName(place, table);
  try {
    await pinSettings(session);
    await lockPlainTable(session, place, table, profileColumns(place.definition));
    const id = `t.${quoteIdentifier(columns.id)}::text`;
    const hash = `t.${quoteIdentifier(columns.row_hash)}`;
    const rows = await session.sql.unsafe<{ id: string; hash: string | null }[]>(
      `select ${id} as id, ${encoding === "bytes" ? `encode(${hash}, 'hex')` : hash} as hash from only ${name} t
        where ${id} in (select json_array_elements_text($1::text::json))`,
      [JSON.stringify(ids)],
    );
    const found = new Map<string, string[]>();
    for (const row of rows) found.set(row.id, [...(found.get(row.id) ?? []), row.hash ?? ""]);
    return found;
  } catch (error) {
    throw explainServerError(error, `looking events up in ${name}`);
  }
}

function cannotProve(what: string, hint: string): OpsError {
  return new OpsError("bad-input", what, hint);
}
