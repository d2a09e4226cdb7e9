import { z } from "zod";
import { OpsError } from "../errors.ts";

export const dumpFormats = ["custom", "directory", "plain", "tar"] as const;

/** Where the backup comes from; exactly one. */
const sourceSchema = z.discriminatedUnion("kind", [
  /** A workload of our own in a throwaway database, lost and restored. */
  z.object({ kind: z.literal("self"), migrationsDir: z.string().nullable(), rows: z.number().int() }),
  /** A live database, read in one snapshot, never written to. */
  z.object({ kind: z.literal("live"), dbUrl: z.string() }),
  /** An archive that exists already. */
  z.object({ kind: z.literal("archive"), path: z.string() }),
  /** A database that somebody else restored, read in one snapshot, never written to. */
  z.object({ kind: z.literal("restored"), dbUrl: z.string() }),
]);

export const smokeInputSchema = z.object({
  source: sourceSchema,
  /** A server to restore into; null starts a throwaway cluster. */
  scratchUrl: z.string().nullable(),
  /** Restore into the very server that holds the source: only when the user says so. */
  allowSameServer: z.boolean(),
  /** Restore as a superuser: only what its authors are trusted with the server for. */
  asSuperuser: z.boolean(),
  format: z.enum(dumpFormats),
  jobs: z.number().int(),
  /** The chain's schema; null finds it, and asks when there are several. */
  schema: z.string().nullable(),
  /** The chain's profile; null finds it by the columns of `audit_events`. */
  profile: z.string().nullable(),
  expect: z.string().nullable(),
  writeManifest: z.string().nullable(),
  /** Where the archive goes that this run makes; null: it is gone at the end. */
  writeDump: z.string().nullable(),
  evidence: z.string().nullable(),
  key: z.string().nullable(),
  durable: z.boolean(),
  keep: z.boolean(),
});

export type SmokeInput = z.infer<typeof smokeInputSchema>;
export type SmokeSource = SmokeInput["source"];

/** The flags as they stand on the command line; absent ones are undefined. */
export interface SmokeFlags {
  readonly dbUrl?: string | undefined;
  readonly dump?: string | undefined;
  readonly restoredUrl?: string | undefined;
  readonly scratchUrl?: string | undefined;
  readonly allowSameServer?: boolean | undefined;
  readonly asSuperuser?: boolean | undefined;
  readonly migrations?: string | undefined;
  readonly rows?: number | undefined;
  readonly format?: string | undefined;
  readonly jobs?: number | undefined;
  readonly schema?: string | undefined;
  readonly profile?: string | undefined;
  readonly expect?: string | undefined;
  readonly writeManifest?: string | undefined;
  readonly writeDump?: string | undefined;
  readonly evidence?: string | undefined;
  readonly key?: string | undefined;
  readonly durable?: boolean | undefined;
  readonly keep?: boolean | undefined;
}

const defaultRows = 24;
const maxRows = 10_000_000;
const maxJobs = 64;

/**
 * Turns flags into an input, all problems in one error.
 *
 * @throws OpsError bad-usage
 */
export function parseSmokeFlags(flags: SmokeFlags, defaults: { readonly jobs: number }): SmokeInput {
  const problems = [...problemsOfSource(flags), ...problemsOfNumbers(flags)];
  if (flags.key !== undefined && flags.evidence === undefined)
    problems.push("--key signs the evidence: give --evidence FILE too");
  if (problems.length > 0) {
    throw new OpsError("bad-usage", problems.join("; "), "custody smoke --help shows what goes with what");
  }
  return smokeInputSchema.parse({
    source: sourceOf(flags),
    scratchUrl: flags.scratchUrl ?? null,
    allowSameServer: flags.allowSameServer ?? false,
    asSuperuser: flags.asSuperuser ?? false,
    format: flags.format ?? "custom",
    jobs: flags.jobs ?? defaults.jobs,
    schema: flags.schema ?? null,
    profile: flags.profile ?? null,
    expect: flags.expect ?? null,
    writeManifest: flags.writeManifest ?? null,
    writeDump: flags.writeDump ?? null,
    evidence: flags.evidence ?? null,
    key: flags.key ?? null,
    durable: flags.durable ?? false,
    keep: flags.keep ?? false,
  });
}

function sourceOf(flags: SmokeFlags): SmokeSource {
  if (flags.dbUrl !== undefined) return { kind: "live", dbUrl: flags.dbUrl };
  if (flags.dump !== undefined) return { kind: "archive", path: flags.dump };
  if (flags.restoredUrl !== undefined) return { kind: "restored", dbUrl: flags.restoredUrl };
  return { kind: "self", migrationsDir: flags.migrations ?? null, rows: flags.rows ?? defaultRows };
}

/** Which flags go with which source; what is absent here goes with all. */
const goesWith: readonly (readonly [keyof SmokeFlags, readonly SmokeSource["kind"][]])[] = [
  ["migrations", ["self"]],
  ["rows", ["self"]],
  ["format", ["self", "live"]],
  ["writeManifest", ["self", "live"]],
  ["writeDump", ["self", "live"]],
  ["expect", ["archive", "restored"]],
  ["scratchUrl", ["self", "live", "archive"]],
  ["allowSameServer", ["live", "archive"]],
  ["asSuperuser", ["self", "live", "archive"]],
  ["durable", ["self", "live", "archive"]],
  ["keep", ["self", "live", "archive"]],
];

const sourceFlags = {
  live: "--db-url",
  archive: "--dump",
  restored: "--restored-url",
  self: "no source",
} as const;

function problemsOfSource(flags: SmokeFlags): string[] {
  const given = [
    ["--db-url", flags.dbUrl],
    ["--dump", flags.dump],
    ["--restored-url", flags.restoredUrl],
  ].filter(([, value]) => value !== undefined);
  if (given.length > 1)
    return [`${given.map(([flag]) => flag).join(" and ")} are different sources: give one`];
  const { kind } = sourceOf(flags);
  const problems = goesWith.flatMap(([name, kinds]) =>
    isGiven(flags[name]) && !kinds.includes(kind)
      ? [
          `${flagName(name)} goes with ${kinds.map((k) => sourceFlags[k]).join(", ")}, not with ${sourceFlags[kind]}`,
        ]
      : [],
  );
  if (kind === "restored" && flags.expect === undefined) {
    problems.push("--restored-url needs --expect MANIFEST: what the database must be equal to");
  }
  if (flags.durable === true && flags.scratchUrl !== undefined) {
    problems.push("--durable is a setting of the throwaway cluster: it does not go with --scratch-url");
  }
  return problems;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== false;
}

function flagName(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function problemsOfNumbers(flags: SmokeFlags): string[] {
  const problems: string[] = [];
  const isWithin = (value: number | undefined, low: number, high: number): boolean =>
    value === undefined || (Number.isInteger(value) && value >= low && value <= high);
  if (!isWithin(flags.rows, 1, maxRows))
    problems.push(`--rows ${flags.rows} is not a whole number from 1 to ${maxRows}`);
  if (!isWithin(flags.jobs, 1, maxJobs))
    problems.push(`--jobs ${flags.jobs} is not a whole number from 1 to ${maxJobs}`);
  if (flags.format !== undefined && !dumpFormats.some((format) => format === flags.format)) {
    problems.push(`--format ${flags.format} is none of ${dumpFormats.join(", ")}`);
  }
  return problems;
}
