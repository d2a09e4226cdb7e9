import type { Inspection } from "../../backend.ts";
import type { FoundPart, Identity } from "../../drop.ts";
import type { Resource } from "../../resource.ts";
import type { Context } from "./context.ts";
import { refuseDatabase } from "./database/refuse-database.ts";
import { findParts, findSchema } from "./find-identity.ts";
import { openReadOnly } from "./open-session.ts";
import { readVerifier } from "./role/save-role.ts";
import { refuseRole } from "./role/refuse-role.ts";
import { refuseSchema } from "./schema/refuse-schema.ts";
import { splitSchemaId } from "./schema/save-schema.ts";
import { refuseTombstone } from "./tombstone/refuse-tombstone.ts";
import { readServerFacts } from "./server-facts.ts";
import type { ServerFacts } from "./server-facts.ts";
import type { Session } from "../../../postgres/connect.ts";

/** Asks for everything about a resource in sessions that cannot write. */
export async function inspect(
  context: Context,
  resource: Resource,
  options: { readonly force: boolean; readonly signal: AbortSignal },
): Promise<Inspection> {
  const applicationName = "drop inspection";
  const { signal, force } = options;
  const settings = await context.settings();
  await using session = await openReadOnly(settings, { applicationName, signal });
  const openIn = (database: string): Promise<Session> =>
    openReadOnly(session.settings, { applicationName, signal, database });
  const server = await readServerFacts(session);
  const { mode } = context.policy.tombstone;
  const looking = { session, server, openIn };
  const found = await look(looking, resource, { force, isDestroyed: mode === "off" });
  const database = resource.names.database;
  const isKept = mode === "required" && database !== undefined && found.identity.parts.length > 0;
  // What the server itself says no to, it says first.
  if (!isKept || found.refusals.length > 0) return found;
  const refusals = await refuseTombstone(context, server, () => openIn(database));
  return { ...found, refusals };
}

export interface Looking {
  readonly session: Session;
  readonly server: ServerFacts;
  readonly openIn: (database: string) => Promise<Session>;
}

export async function look(
  looking: Looking,
  resource: Resource,
  options: { readonly force: boolean; readonly isDestroyed: boolean },
): Promise<Inspection> {
  const { session, server } = looking;
  const parts = await findParts(session, resource);
  if (resource.type === "schema") return await lookAtSchema(looking, resource, parts);
  const database = parts.find(({ part }) => part === "database");
  const role = parts.find(({ part }) => part === "role");
  const found = database === undefined ? null : await refuseDatabase(session, server, database.id, options);
  const kept =
    role === undefined
      ? null
      : await refuseRole(session, server, role.id, { ...options, database: database?.id ?? null });
  const secret = role === undefined ? null : await readVerifier(session, role.id);
  return {
    identity: identityOf(
      server,
      parts.map((part) => withSize(part, found?.sizeBytes ?? null)),
    ),
    refusals: [...(found?.refusals ?? []), ...(kept?.refusals ?? [])],
    sizeBytes: found?.sizeBytes ?? 0,
    sessions: (found?.sessions ?? 0) + (kept?.sessions ?? 0),
    notes: [
      ...(found?.notes ?? []),
      ...(role !== undefined && secret === null ? [passwordNote(role.name)] : []),
      ...missing(resource, parts),
    ],
  };
}

async function lookAtSchema(
  { session, server, openIn }: Looking,
  resource: Resource,
  parts: readonly FoundPart[],
): Promise<Inspection> {
  const database = parts.find(({ part }) => part === "database");
  const none = { sizeBytes: 0, sessions: 0, notes: [] };
  const nothing: Inspection = { ...none, identity: identityOf(server, []), refusals: [] };
  if (database === undefined || resource.names.schema === undefined) return nothing;
  await using inside = database.name === session.settings.database ? null : await openIn(database.name);
  const schema = await findSchema(inside ?? session, database.id, resource.names.schema);
  if (schema === null) return nothing;
  const { refusals, sizeBytes } = await refuseSchema(
    inside ?? session,
    server,
    splitSchemaId(schema.id).schema,
  );
  return {
    ...none,
    identity: identityOf(server, [{ ...schema, sizeBytes }]),
    refusals: [...refusals],
    sizeBytes,
  };
}

function identityOf({ systemIdentifier }: ServerFacts, parts: readonly FoundPart[]): Identity {
  return { systemIdentifier, parts };
}

function withSize(part: FoundPart, sizeBytes: number | null): FoundPart {
  return part.part === "database" ? { ...part, sizeBytes } : part;
}

/** A superuser alone reads verifiers. */
export function passwordNote(role: string): string {
  return `custody's role may not read the password of ${role}: a SCRAM one stays through fence and undo, an MD5 one is lost, and from the tombstone none comes back`;
}

function missing({ names }: Resource, parts: readonly FoundPart[]): readonly string[] {
  return (["database", "role"] as const).flatMap((part) =>
    names[part] !== undefined && parts.length > 0 && !parts.some((each) => each.part === part)
      ? [`there is no ${part} ${names[part]}`]
      : [],
  );
}
