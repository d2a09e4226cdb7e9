import { findChain } from "../../src/audit/find-chain.ts";
import { formatCheckpoint } from "../../src/audit/note/checkpoint.ts";
import { signNote } from "../../src/audit/note/signed-note.ts";
import { createSigningKey } from "../../src/audit/note/signing-key.ts";
import { parseVerifierKey } from "../../src/audit/note/vkey.ts";
import { formatEventProof } from "../../src/audit/proof/event-proof.ts";
import { createProofCollector } from "../../src/audit/proof/proof-collector.ts";
import { verifyChain } from "../../src/audit/verify-chain.ts";
import { rootAt } from "../../src/audit/waypoints.ts";
import type { Session } from "../../src/postgres/session.ts";

export const proofKey = createSigningKey("example.com/audit", new Uint8Array(32).fill(7));
export const proofVkey = parseVerifierKey(proofKey.vkey);
export const proofOrigin = "example.com/audit/chain";

/** Proofs of events of the session's chain under a checkpoint of its first `size` rows, signed by `proofKey`. */
export async function proveEvents(
  session: Session,
  ids: readonly string[],
  size: number,
): Promise<ReadonlyMap<string, string>> {
  const { sql } = session;
  await sql.unsafe("begin isolation level repeatable read read only");
  try {
    const place = (await findChain(session))!;
    const isBytes = place.definition.hash_encoding === "bytes";
    const rows = await sql.unsafe<{ id: string; hash: string }[]>(
      `select id, ${isBytes ? "encode(row_hash, 'hex')" : "row_hash"} as hash from public.audit_events`,
    );
    const hashes = new Map(rows.map((row) => [row.id, Buffer.from(row.hash, "hex")]));
    const wanted = ids.map((id) => ({ id, rowHash: new Uint8Array(hashes.get(id)!) }));
    const collector = createProofCollector(place.definition, wanted);
    const { waypoints } = await verifyChain(session, place, { waypoints: [size], ...collector });
    const mark = waypoints.get(size)!;
    const text = formatCheckpoint({ origin: proofOrigin, size, root: rootAt(mark) });
    const checkpoint = signNote(text, [proofKey]);
    return new Map(
      ids.flatMap((id) => {
        const found = collector.proofAt(id, mark);
        return found === null
          ? []
          : [[id, formatEventProof({ ...found, profile: place.definition, checkpoint })]];
      }),
    );
  } finally {
    await sql.unsafe("rollback");
  }
}
