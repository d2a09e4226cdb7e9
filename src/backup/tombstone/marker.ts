import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { OpsError } from "../../errors.ts";
import { fileUnreadable } from "../archive/read-chunks.ts";

/** The files of a tombstone; `markerFile` is written last, and holds nothing of what customers stored. */
export const archiveFile = "archive.dump";
export const fingerprintFile = "fingerprint.json";
export const markerFile = "tombstone.json";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const schema = z.strictObject({
  format: z.literal("custody.tombstone.v1"),
  madeAt: z.iso.datetime(),
  /** Its name when it was dumped: behind the fence. */
  database: z.string(),
  /** Of that schema alone, as it was called when it was dumped; absent: of all of the database. */
  schema: z.string().exactOptional(),
  serverVersion: z.string(),
  /** null where the role may not ask. */
  systemIdentifier: z.string().nullable(),
  /** Of the database, on disk. */
  sizeBytes: z.number().int().nonnegative(),
  archive: z.strictObject({ bytes: z.number().int().nonnegative(), sha256 }),
  fingerprint: z.strictObject({
    bytes: z.number().int().nonnegative(),
    sha256,
    /** What two databases share when they are equal: see `digestFingerprint`. */
    digest: sha256,
  }),
  tables: z.number().int().nonnegative(),
  rows: z.number().int().nonnegative(),
});

/** Says that a tombstone is whole, and what its files were when they were written. */
export type TombstoneMarker = Readonly<z.infer<typeof schema>>;

export function serializeMarker(marker: TombstoneMarker): string {
  return `${JSON.stringify(schema.parse(marker), null, 1)}\n`;
}

/** The marker of a tombstone; null where there is none: it was never finished. Throws `file-unreadable`. */
export async function readMarker(folder: string): Promise<TombstoneMarker | null> {
  const path = join(folder, markerFile);
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR"))
      return null;
    throw fileUnreadable(path, error);
  });
  if (text === null) return null;
  const parsed = schema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new OpsError(
    "file-unreadable",
    `${path} is damaged: ${parsed.error.issues[0]?.path.join(".") || "no JSON"}`,
    "fetch the folder from a copy of it; the archive in it can still be restored by hand",
  );
}

/** The same, where a tombstone must be whole. Throws `file-unreadable`. */
export async function requireMarker(folder: string): Promise<TombstoneMarker> {
  const marker = await readMarker(folder);
  if (marker !== null) return marker;
  throw new OpsError(
    "file-unreadable",
    `${folder} holds no whole tombstone: it has no ${markerFile}`,
    "check the path; what was never finished cannot be restored",
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
