import { BSON } from "mongodb";
import type { Document } from "mongodb";
import { z } from "zod";
import type { FencePlan, JsonObject } from "../../drop.ts";
import { parts } from "../../resource.ts";
import type { Found } from "./find-resource.ts";
import type { FoundUser } from "./users.ts";

const roles = z.array(z.object({ role: z.string(), db: z.string() }));

const savedUser = z.object({ user: z.string(), db: z.string(), id: z.string(), roles });

const savedSchema = z.object({
  databases: z.array(
    z.object({
      part: z.enum(parts),
      name: z.string(),
      /** Of every collection that has one. */
      uuids: z.array(z.string()),
    }),
  ),
  /** Named: they lose every role, and are dropped at the end. */
  users: z.array(savedUser.extend({ part: z.enum(parts) })),
  /** Not named: they lose their roles on the databases. */
  others: z.array(savedUser),
});

/** What a fence plan of this backend keeps, and undo gives back. */
export type Saved = z.infer<typeof savedSchema>;
export type SavedUser = z.infer<typeof savedUser>;

const secretSchema = z.object({ users: z.array(z.record(z.string(), z.json())) });

export function readSaved(plan: FencePlan): Saved {
  return savedSchema.parse(plan.saved);
}

export function makeSaved({ databases, users, others }: Found): JsonObject {
  const keep = ({ user, db, id, roles: given }: FoundUser): JsonObject => ({
    user,
    db,
    id,
    roles: given.map(({ role, db: on }) => ({ role, db: on })),
  });
  return {
    databases: databases.map(({ part, name, collections }) => ({
      part,
      name,
      uuids: collections.flatMap(({ uuid }) => (uuid === null ? [] : [uuid])),
    })),
    users: users.map((each) => ({ ...keep(each), part: each.part })),
    others: others.map(keep),
  };
}

/** Users as they stand in `admin.system.users`, credentials included; null where custody may not read those. */
export function makeSecret(users: readonly FoundUser[] | null): JsonObject | null {
  if (users === null || users.length === 0) return null;
  return {
    users: users.map(({ document }) =>
      z.record(z.string(), z.json()).parse(BSON.EJSON.serialize(storedForm(document), { relaxed: false })),
    ),
  };
}

export function readSecret(plan: FencePlan): readonly Document[] {
  if (plan.secret === null) return [];
  return secretSchema
    .parse(plan.secret)
    .users.map((each) => BSON.EJSON.deserialize(each, { relaxed: false }));
}

/** usersInfo adds `mechanisms`, which the stored document has not. */
function storedForm({ mechanisms: _mechanisms, ...document }: Document): Document {
  return document;
}
