import type { FencePlan, Identity } from "../../drop.ts";
import type { Names, Resource } from "../../resource.ts";
import { TargetRefused } from "../../target-refusal.ts";
import { readDatabase, toSaved } from "./database/save-database.ts";
import type { Hold } from "./hold.ts";
import { look, passwordNote } from "./inspect.ts";
import { fenceNameOf } from "./own-names.ts";
import { requireSameServer } from "../../require-same-server.ts";
import { readRole, readVerifier } from "./role/save-role.ts";
import { openDatabaseOf } from "./schema/open-database.ts";
import { readSchema, splitSchemaId } from "./schema/save-schema.ts";
import { toJson } from "./saved.ts";
import type { Saved, Secret } from "./saved.ts";

/** Sessions that a tombstone takes of a fenced database: readers, the snapshot's keeper, pg_dump, and one for the size. */
const ownSessions = 8;

/**
 * Saves what undo must give back. Throws `TargetRefused` with what the server would refuse with; sessions are the fence's to wait for.
 */
export async function planFence(hold: Hold, resource: Resource, identity: Identity): Promise<FencePlan> {
  const { server, session, context, dropId } = hold;
  requireSameServer(server.systemIdentifier, identity);
  const isDestroyed = context.policy.tombstone.mode === "off";
  const { refusals } = await look(hold, resource, { force: true, isDestroyed });
  const [first] = refusals;
  if (first !== undefined) throw new TargetRefused(first);
  const idOf = (part: keyof Names): string | undefined =>
    identity.parts.find((each) => each.part === part)?.id;
  const [databaseId, roleId, schemaId] = [idOf("database"), idOf("role"), idOf("schema")];
  const database = databaseId === undefined ? null : await readDatabase(session, databaseId);
  const role = roleId === undefined ? null : await readRole(session, roleId);
  const secret = roleId === undefined ? null : await readVerifier(session, roleId);
  const saved: Saved = {
    v: 1,
    custody: server.role,
    fenceLimit: server.isSuperuser ? 0 : context.jobs * 2 + ownSessions,
    database: database === null ? null : toSaved(database),
    role,
    schema: schemaId === undefined ? null : await saveSchema(hold, schemaId),
    notes: role !== null && secret === null ? [passwordNote(role.name)] : [],
  };
  const fenceName = fenceNameOf(dropId);
  return {
    identity,
    fenceNames: Object.fromEntries(identity.parts.map(({ part }) => [part, fenceName])),
    saved: toJson(saved),
    secret: asSecret(secret),
  };
}

function asSecret(secret: Secret | null): FencePlan["secret"] {
  return secret === null ? null : { verifier: secret.verifier };
}

async function saveSchema(hold: Hold, id: string): Promise<Saved["schema"]> {
  const { database, schema } = splitSchemaId(id);
  await using session = await openDatabaseOf(hold, { database: { oid: database, name: database } });
  return await readSchema(session, schema);
}
