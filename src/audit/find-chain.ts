import { OpsError } from "../errors.ts";
import type { Session } from "../postgres/connect.ts";
import { explainServerError } from "../postgres/connect.ts";
import { quoteIdentifier } from "../postgres/identifiers.ts";
import { builtInProfiles } from "./built-in-profiles.ts";
import type { ChainProfile } from "./profile.ts";

/** Where a chain is, and how its rows are hashed. */
export interface ChainPlace {
  readonly schema: string;
  /** The profile's name: `custody`, `certctl`, or that of a file. */
  readonly profile: string;
  readonly definition: ChainProfile;
}

interface Candidate {
  readonly schema: string;
  readonly table: string;
  /** The type of each column. */
  readonly columns: Readonly<Record<string, string>>;
}

/** Which chain is meant, as far as the user said. */
export interface ChainWanted {
  readonly schema?: string | undefined;
  /** A name, or a profile that was read from a file. */
  readonly profile?: string | ChainProfile | undefined;
}

/**
 * Finds the chain of a database by the columns of its tables; null when there is none. `schema` and `profile` as the user
 * asked, if they did: a name of a built-in profile, or a profile read from a file. Throws `bad-usage` when several
 * schemas hold one, or for an unknown profile name.
 */
export async function findChain(session: Session, want: ChainWanted = {}): Promise<ChainPlace | null> {
  const profiles = wantedProfiles(want.profile);
  const candidates = await readCandidates(session, [...new Set(profiles.map((each) => each.table))]);
  const places = candidates
    .filter((each) => want.schema === undefined || each.schema === want.schema)
    .flatMap((candidate) => {
      const definition = profiles.find((profile) => fits(profile, candidate));
      return definition === undefined
        ? []
        : [{ schema: candidate.schema, profile: definition.name, definition }];
    });
  if (places.length > 1) {
    throw new OpsError(
      "bad-usage",
      `audit chains are in several schemas: ${places.map((each) => each.schema).join(", ")}`,
      "name one with --schema",
    );
  }
  return places[0] ?? null;
}

function wantedProfiles(want: string | ChainProfile | undefined): readonly ChainProfile[] {
  if (want === undefined) return builtInProfiles;
  if (typeof want !== "string") return [want];
  const found = builtInProfiles.filter((each) => each.name === want);
  if (found.length > 0) return found;
  throw new OpsError(
    "bad-usage",
    `unknown chain profile: ${want}`,
    `it is one of ${builtInProfiles.map((each) => each.name).join(", ")}, or the path of a profile file`,
  );
}

function fits(profile: ChainProfile, candidate: Candidate): boolean {
  return candidate.table === profile.table && misfitOf(profile, candidate) === null;
}

/** What keeps a table from being a chain of the profile, in words; null when nothing does. */
function misfitOf(profile: ChainProfile, { columns }: Candidate): string | null {
  const missing = profileColumns(profile).find((each) => !Object.hasOwn(columns, each));
  if (missing !== undefined) return `it has no column ${missing}`;
  const hashes = [profile.columns.prev_hash, profile.columns.row_hash];
  const odd = hashes.find((each) => !hashTypes[profile.hash_encoding].includes(columns[each] ?? ""));
  return odd === undefined
    ? null
    : `its ${odd} is ${columns[odd]}, not ${hashTypes[profile.hash_encoding][0]}`;
}

const hashTypes: Readonly<Record<ChainProfile["hash_encoding"], readonly string[]>> = {
  bytes: ["bytea"],
  hex: ["text", "character varying", "character", "bpchar"],
};

/** Where `findChain` found none of a profile that was asked for: the tables of its name, and what keeps each from being one. */
export async function whyNoChain(session: Session, want: ChainWanted): Promise<readonly string[]> {
  const [profile] = want.profile === undefined ? [] : wantedProfiles(want.profile);
  if (profile === undefined) return [];
  const candidates = await readCandidates(session, [profile.table]);
  return candidates
    .filter((each) => want.schema === undefined || each.schema === want.schema)
    .map((each) => `${each.schema}.${each.table} is none: ${misfitOf(profile, each) ?? "it is another"}`);
}

/** Every column of the chain's table that the profile reads. */
export function profileColumns(profile: ChainProfile): readonly string[] {
  const fields = [...profile.row.fields, ...(profile.digest?.fields ?? [])];
  return [
    ...new Set([
      ...fields.flatMap((each) => ("column" in each ? [each.column] : [])),
      ...Object.values(profile.columns).filter((each) => each !== undefined),
      ...profile.sort,
    ]),
  ];
}

async function readCandidates(session: Session, tables: readonly string[]): Promise<readonly Candidate[]> {
  try {
    const rows = await session.sql<{ schema: string; table: string; columns: string }[]>`
      select n.nspname as schema, c.relname as table, pg_catalog.json_object_agg(a.attname, pg_catalog.format_type(a.atttypid, null))::text as columns
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
       where c.relkind in ('r', 'p', 'v', 'm', 'f')
         and c.relname in (select pg_catalog.json_array_elements_text(${JSON.stringify(tables)}::pg_catalog.text::pg_catalog.json))
         and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'
       group by n.nspname, c.relname order by n.nspname, c.relname`;
    return rows.map((row) => ({ ...row, columns: JSON.parse(row.columns) }));
  } catch (error) {
    throw explainServerError(error, "looking for the audit chain");
  }
}

/** The chain's table or its head, quoted. */
export function relationName(place: ChainPlace, table: string): string {
  return `${quoteIdentifier(place.schema)}.${quoteIdentifier(table)}`;
}
