import type { Inventory, InventoryItem } from "../../backend.ts";
import { systemIdentifierOf } from "./system-identifier.ts";
import type { MongoSession } from "./connect.ts";
import { explained } from "./explain-mongo.ts";
import { listUsers } from "./users.ts";

/** Databases by name, users by the id that no other gets. */
export async function readInventory(session: MongoSession): Promise<Inventory> {
  const { databases } = await explained(() =>
    session.client.db("admin").command({ listDatabases: 1, nameOnly: true }),
  );
  const names: readonly unknown[] = Array.isArray(databases) ? databases.map((each) => each?.name) : [];
  const items: InventoryItem[] = names.flatMap((name) =>
    typeof name === "string" ? [{ part: "database" as const, name, id: name }] : [],
  );
  for (const { user, id } of await explained(() => listUsers(session)))
    items.push({ part: "user", name: user, id });
  return {
    systemIdentifier: await systemIdentifierOf(session),
    items,
    witnessed: [],
    blind: [
      "a database that was dropped and made again between two looks: databases have no identity but their name",
      "users of LDAP, Kerberos and OIDC: the server does not list them",
    ],
  };
}
