import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatCheckpoint } from "../../src/audit/note/checkpoint.ts";
import { signNote } from "../../src/audit/note/signed-note.ts";
import { rootAt } from "../../src/audit/waypoints.ts";
import type { Session } from "../../src/postgres/session.ts";
import { proofKey, proofOrigin } from "./event-proofs.ts";
import { verifyIn } from "./verify-chain.ts";

/** Signs the session's chain as it was at `size`, into `folder`; returns the path. The key's vkey goes to `audit.pub`. */
export async function writeCheckpoint(
  session: Session,
  folder: string,
  size: number,
  name = `${size}.checkpoint`,
): Promise<string> {
  const { waypoints } = await verifyIn(session, { waypoints: [size] });
  const text = formatCheckpoint({ origin: proofOrigin, size, root: rootAt(waypoints.get(size)!) });
  const path = join(folder, name);
  writeFileSync(path, signNote(text, [proofKey]));
  writeFileSync(join(folder, "audit.pub"), `${proofKey.vkey}\n`);
  return path;
}
