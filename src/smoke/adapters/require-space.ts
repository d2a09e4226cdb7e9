import { statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { OpsError } from "../../errors.ts";
import type { Environment } from "../../postgres/settings.ts";
import { showBytes } from "../../run/show-bytes.ts";
import type { ScratchRequest } from "../ports.ts";

/** A restored database takes about what the source takes; an archive unpacks to several times its size. */
const perSourceByte = 1.2;
const perArchiveByte = 3;

/**
 * Refuses to begin what cannot fit: better than a full disk under a production host.
 *
 * @throws OpsError no-space
 */
export async function requireSpace(
  request: Pick<ScratchRequest, "source" | "archive">,
  env: Environment,
): Promise<void> {
  const needed = Math.max(
    (request.source?.sizeBytes ?? 0) * perSourceByte,
    (request.archive?.bytes ?? 0) * perArchiveByte,
  );
  const folder = env["TMPDIR"] ?? tmpdir();
  const status = await statfs(folder).catch(() => null);
  if (status === null || status.bavail * status.bsize >= needed) return;
  throw noSpace(
    `${folder} has ${showBytes(status.bavail * status.bsize)} free, and the proof needs about ${showBytes(Math.round(needed))}`,
  );
}

export function noSpace(message: string): OpsError {
  return new OpsError(
    "no-space",
    message,
    "set TMPDIR to a folder on a disk with room, or restore into another server (--scratch-url)",
  );
}
