import type { Archive, ArchiveEntry } from "../archive/archive.ts";
import { readRequirements } from "../archive/requirements.ts";
import { entriesOfGuard } from "./lockdown-guard.ts";
import type { Requirements } from "../archive/requirements.ts";

/** What is not restored, and why: a restored database must not reach production, nor run jobs. */
export interface LeftOut {
  readonly dumpId: number;
  readonly desc: string;
  readonly tag: string;
  readonly namespace: string | null;
  readonly reason: string;
}

export interface RestorePlan extends Requirements {
  /** Entries that pg_restore itself restores, as the unprivileged role, in order. */
  readonly main: readonly ArchiveEntry[];
  readonly leftOut: readonly LeftOut[];
  /** Schemas of the archive and the owners of what stands in them. */
  readonly ownersBySchema: ReadonlyMap<string, ReadonlySet<string>>;
  /** Whether the archive makes the schema `public` itself. */
  readonly bringsPublic: boolean;
}

/** Entries that are restored elsewhere: roles' rights after the data, extensions and the like by the superuser. */
const elsewhere = new Set([
  "ACL",
  "DEFAULT ACL",
  "EXTENSION",
  "EVENT TRIGGER",
  "DATABASE",
  "DATABASE PROPERTIES",
  "SUBSCRIPTION",
  "SUBSCRIPTION TABLE",
  "PUBLICATION",
  "PUBLICATION TABLE",
  "PUBLICATION TABLES IN SCHEMA",
  "USER MAPPING",
]);

const neverRestored: Readonly<Record<string, string>> = {
  SUBSCRIPTION: "a subscription would connect to its publisher",
  "SUBSCRIPTION TABLE": "a subscription would connect to its publisher",
  PUBLICATION: "a restored database publishes nothing",
  "PUBLICATION TABLE": "a restored database publishes nothing",
  "PUBLICATION TABLES IN SCHEMA": "a restored database publishes nothing",
  "USER MAPPING": "a user mapping holds the password of another server",
};

/** Extensions that act by themselves: their jobs stay behind. */
const actsByItself: Readonly<Record<string, { readonly schema: string; readonly reason: string }>> = {
  pg_cron: { schema: "cron", reason: "its jobs would run" },
  pgagent: { schema: "pgagent", reason: "its jobs would run" },
};

export async function planRestore(
  archive: Archive,
  {
    schemaOnly,
    inPlace,
    mayMakeGuard,
  }: {
    readonly schemaOnly: boolean;
    readonly inPlace: boolean;
    /** False: the guard of `custody lockdown` is left out, since there is nobody who could make it. */
    readonly mayMakeGuard: boolean;
  },
): Promise<RestorePlan> {
  const guard = mayMakeGuard ? new Set<ArchiveEntry>() : entriesOfGuard(archive.entries);
  // Its owner is asked for nothing: nobody stands in for a superuser where none is at hand.
  const requirements = await readRequirements({
    ...archive,
    entries: archive.entries.filter((entry) => !guard.has(entry)),
  });
  const main: ArchiveEntry[] = [];
  const leftOut: LeftOut[] = [];
  const ownersBySchema = new Map<string, Set<string>>();
  for (const entry of archive.entries) {
    const withoutGuard = guard.has(entry) ? guardIsMissing : null;
    const reason = inPlace ? withoutGuard : reasonToLeaveOut(entry, requirements);
    if (reason !== null) {
      leftOut.push({
        dumpId: entry.dumpId,
        desc: entry.desc,
        tag: entry.tag,
        namespace: entry.namespace,
        reason,
      });
      continue;
    }
    noteOwner(ownersBySchema, entry);
    if (isMain(entry, requirements, schemaOnly)) main.push(entry);
  }
  return {
    ...requirements,
    extensions: requirements.extensions.filter(({ name }) => inPlace || actsByItself[name] === undefined),
    main,
    leftOut,
    ownersBySchema,
    bringsPublic: archive.entries.some(makesPublic),
  };
}

const guardIsMissing =
  "only a superuser makes the guard of custody lockdown (let one run custody lockdown --apply again)";

function reasonToLeaveOut(entry: ArchiveEntry, { extensions }: Requirements): string | null {
  if (entry.desc === "EVENT TRIGGER" && /\bON\s+login\b/i.test(entry.defn))
    return "it would run as whoever connects";
  const never = neverRestored[entry.desc];
  if (never !== undefined) return never;
  if (/^(PUBLICATION|SUBSCRIPTION) /.test(entry.tag) && isAbout(entry)) return "it is about replication";
  for (const { name } of extensions) {
    const active = actsByItself[name];
    if (active === undefined) continue;
    if (entry.namespace === active.schema || (entry.desc === "EXTENSION" && entry.tag === name))
      return active.reason;
    if (entry.tag === `EXTENSION ${name}` || (entry.desc === "SCHEMA" && entry.tag === active.schema))
      return active.reason;
  }
  return null;
}

/** Comments and labels: their tag names what they are about, kind first. */
function isAbout(entry: ArchiveEntry): boolean {
  return entry.desc === "COMMENT" || entry.desc === "SECURITY LABEL" || entry.desc === "ACL";
}

function isMain(entry: ArchiveEntry, { extensions }: Requirements, schemaOnly: boolean): boolean {
  if (elsewhere.has(entry.desc)) return false;
  if (schemaOnly && entry.section === "data") return false;
  if (isAbout(entry) && /^(EXTENSION|EVENT TRIGGER|DATABASE|PUBLICATION|SUBSCRIPTION) /.test(entry.tag))
    return false;
  // The schema of an extension must be there before the archive's own turn comes.
  return !(
    entry.desc === "SCHEMA" &&
    entry.tag !== "public" &&
    extensions.some(({ schema }) => schema === entry.tag)
  );
}

function noteOwner(owners: Map<string, Set<string>>, entry: ArchiveEntry): void {
  if (entry.owner === "" || entry.namespace === null || entry.namespace === "") return;
  const known = owners.get(entry.namespace);
  if (known === undefined) owners.set(entry.namespace, new Set([entry.owner]));
  else known.add(entry.owner);
}

function makesPublic(entry: ArchiveEntry): boolean {
  return entry.desc === "SCHEMA" && entry.tag === "public" && /^create\s+schema\b/im.test(entry.defn);
}
