import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import { InterruptedError } from "../errors.ts";
import { explainServerError } from "../postgres/connect.ts";
import type { Session } from "../postgres/connect.ts";
import type { LargeObject } from "./fingerprint.ts";

interface Piece {
  readonly oid: number;
  readonly data: Uint8Array;
}

export interface ReadLargeObjectsOptions {
  readonly onProgress?: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

/** Bytes of one object, and objects, read by one statement: at most 8 MB in memory. */
const pieceBytes = 262_144;
const batch = 32;

/**
 * The SHA-256 of every large object, in the order of their oids. They are read as `lo_read` reads them (holes are
 * zeros), piece by piece, with no more privilege than pg_dump needs. Throws `OpsError` or `InterruptedError`.
 */
export async function readLargeObjects(
  session: Session,
  options: ReadLargeObjectsOptions = {},
): Promise<readonly LargeObject[]> {
  try {
    return await readAll(session, options);
  } catch (error) {
    if (error instanceof InterruptedError) throw error;
    throw explainServerError(error, "reading the large objects");
  }
}

async function readAll(session: Session, options: ReadLargeObjectsOptions): Promise<readonly LargeObject[]> {
  const listed = await session.sql.unsafe<{ oid: number }[]>(
    "SELECT oid FROM pg_catalog.pg_largeobject_metadata ORDER BY oid",
  );
  const objects: LargeObject[] = [];
  for (let start = 0; start < listed.length; start += batch) {
    const part = listed.slice(start, start + batch).map(({ oid }) => oid);
    objects.push(...(await readBatch(session, part, options)));
  }
  return objects;
}

async function readBatch(
  session: Session,
  oids: readonly number[],
  options: ReadLargeObjectsOptions,
): Promise<readonly LargeObject[]> {
  const hashes = new Map<number, { readonly hash: Hash; bytes: number }>(
    oids.map((oid) => [oid, { hash: createHash("sha256"), bytes: 0 }]),
  );
  let open = oids;
  for (let offset = 0; open.length > 0; offset += pieceBytes) {
    if (options.signal?.aborted) throw new InterruptedError();
    const pieces = await session.sql.unsafe<Piece[]>(
      `SELECT oid, pg_catalog.lo_get(oid, ${offset}, ${pieceBytes}) AS data
       FROM pg_catalog.unnest(ARRAY[${open.join(", ")}]::oid[]) AS oid`,
    );
    let read = 0;
    for (const piece of pieces) {
      const state = hashes.get(piece.oid);
      if (state === undefined) continue;
      state.hash.update(piece.data);
      state.bytes += piece.data.length;
      read += piece.data.length;
    }
    options.onProgress?.(read);
    open = pieces.filter((piece) => piece.data.length === pieceBytes).map((piece) => piece.oid);
  }
  return [...hashes].map(([oid, { hash, bytes }]) => ({ oid, bytes, digest: hash.digest("hex") }));
}
