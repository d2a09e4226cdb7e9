import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import { InterruptedError, OpsError } from "../errors.ts";
import { explainServerError } from "../postgres/connect.ts";
import type { Session } from "../postgres/connect.ts";
import { quoteIdentifier } from "../postgres/identifiers.ts";
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
const shownObjects = 20;

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

/** The large objects that the session may not read, and a dump would fail at. pg_read_all_data does not reach them. */
export async function unreadableLargeObjects(session: Session): Promise<readonly number[]> {
  const rows = await session.sql.unsafe<{ oid: number }[]>(`
    SELECT m.oid FROM pg_catalog.pg_largeobject_metadata m
    WHERE pg_catalog.current_setting('lo_compat_privileges') = 'off'
      AND NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
      AND NOT pg_catalog.pg_has_role(m.lomowner, 'USAGE')
      AND NOT EXISTS (
        SELECT FROM pg_catalog.aclexplode(m.lomacl) a
        WHERE a.privilege_type = 'SELECT' AND (a.grantee = 0 OR pg_catalog.pg_has_role(a.grantee, 'USAGE')))
    ORDER BY m.oid`);
  return rows.map(({ oid }) => oid);
}

/** @throws OpsError permission-denied, naming them */
export async function requireReadableLargeObjects(session: Session): Promise<void> {
  const denied = await unreadableLargeObjects(session);
  if (denied.length === 0) return;
  const { user } = session.settings;
  throw new OpsError(
    "permission-denied",
    `the role ${user} may not read the large objects ${denied.slice(0, shownObjects).join(", ")}${denied.length > shownObjects ? " …" : ""}`,
    `GRANT SELECT ON LARGE OBJECT ${denied[0]} TO ${quoteIdentifier(user)}, and so on, or use their owner (pg_read_all_data does not reach them)`,
  );
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
