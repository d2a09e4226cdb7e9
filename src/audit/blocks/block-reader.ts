import type { Session } from "../../postgres/session.ts";
import type { ChainPlace } from "../find-chain.ts";
import { lockPlainTable, pinSettings } from "../secure-reading.ts";
import { profileColumns } from "../find-chain.ts";
import type { Block, BlockReading } from "./block.ts";
import type { BlockOptions } from "./verify-block.ts";

/** Reads blocks of one chain in one snapshot, one at a time. */
export interface BlockReader extends AsyncDisposable {
  read(block: Block, options: Omit<BlockOptions, "signal">): Promise<BlockReading>;
}

/** Makes of a new session one that reads blocks in a snapshot that another has exported and holds open. */
export async function enterSnapshot(session: Session, place: ChainPlace, snapshot: string): Promise<void> {
  if (!/^[0-9A-Fa-f-]+$/.test(snapshot)) throw new RangeError(`${snapshot} names no snapshot`);
  await session.sql.unsafe(
    `begin isolation level repeatable read read only; set transaction snapshot '${snapshot}'`,
  );
  await pinSettings(session);
  await session.sql.unsafe("set local enable_sort = off");
  await lockPlainTable(session, place, place.definition.table, profileColumns(place.definition));
}
