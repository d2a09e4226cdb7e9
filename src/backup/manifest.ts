import { z } from "zod";
import { OpsError } from "../errors.ts";
import type { Fingerprint, ObjectKind } from "./fingerprint.ts";

const digest = z.string().regex(/^[0-9a-f]{64}$/);

/** One that custody does not know is compared as missing: a manifest of a newer version proves nothing less. */
const kind = z.custom<ObjectKind>((value) => typeof value === "string");

const fingerprint = z.strictObject({
  serverVersion: z.string(),
  database: z.string(),
  objects: z.array(
    z.strictObject({
      kind,
      identity: z.string(),
      parent: z.string().exactOptional(),
      facts: z.record(z.string(), z.string()),
    }),
  ),
  tables: z.array(
    z.strictObject({
      table: z.string(),
      columns: z.array(z.string()),
      rows: z.number().int().nonnegative(),
      digest,
      bytes: z.number().int().nonnegative(),
    }),
  ),
  sequences: z.array(
    z.strictObject({ sequence: z.string(), lastValue: z.string().regex(/^-?\d+$/), isCalled: z.boolean() }),
  ),
  largeObjects: z.array(
    z.strictObject({ oid: z.number().int().positive(), bytes: z.number().int().nonnegative(), digest }),
  ),
  encoding: z.string(),
});

const chain = z.strictObject({
  schema: z.string(),
  profile: z.string(),
  rowCount: z.number().int().nonnegative(),
  headHash: z.string(),
  /** What was wrong with it already; a restore cannot mend that. */
  firstBreakId: z.string(),
  firstBreakPos: z.number().int(),
  findings: z.array(z.string()),
});

const schema = z.strictObject({
  format: z.literal("custody.manifest.v1"),
  createdAt: z.iso.datetime(),
  /** Without secrets. */
  source: z.string(),
  snapshot: z.string().nullable(),
  tools: z.record(z.string(), z.string()),
  archive: z.strictObject({
    format: z.string(),
    bytes: z.number().int().nonnegative(),
    sha256: digest,
    /** When its head says that it was made: tells a damaged copy from another dump. null for plain scripts. */
    stamp: z.string().nullable(),
  }),
  /** null: the database had no chain. */
  chain: chain.nullable(),
  fingerprint,
});

/** What an archive was made from, written when it was made: what any restore of it must be equal to. */
export interface Manifest extends Readonly<Omit<z.infer<typeof schema>, "fingerprint">> {
  readonly fingerprint: Fingerprint;
}

export function serializeManifest(manifest: Manifest): string {
  return `${JSON.stringify(schema.parse(manifest), null, 1)}\n`;
}

/**
 * Reads a manifest. Whatever it lacks would be a check that cannot fail, so that all of it must be there.
 *
 * @throws OpsError bad-input
 */
export function parseManifest(text: string, path: string): Manifest {
  const parsed = schema.safeParse(readJson(text, path));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join(".") || "the file"}: ${issue.message}`);
  throw noManifest(path, problems.join("; "));
}

function readJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw noManifest(path, cause instanceof Error ? cause.message : String(cause));
  }
}

function noManifest(path: string, why: string): OpsError {
  return new OpsError(
    "bad-input",
    `${path} is no manifest: ${why}`,
    "give the file that custody smoke --write-manifest wrote",
  );
}
