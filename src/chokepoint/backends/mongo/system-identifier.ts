import { BSON, ObjectId } from "mongodb";
import type { MongoSession } from "./connect.ts";
import { explained, mongoCodes, unlessCode } from "./explain-mongo.ts";

/**
 * What stays the same as long as the data is the same: a cluster's or a replica set's own id; else the UUID of `admin.system.version`,
 * which a server makes with its data (the feature compatibility version stands in it) and every member copies. Where custody may read
 * none of them, the set's name or the address, which say less.
 */
export async function systemIdentifierOf(session: MongoSession): Promise<string> {
  const { client } = session;
  const admin = client.db("admin");
  const hello = await explained(() => admin.command({ hello: 1 }));
  if (hello["msg"] === "isdbgrid") {
    const version = await explained(() => client.db("config").collection("version").findOne({}));
    const clusterId: unknown = version?.["clusterId"];
    return `mongo:cluster:${clusterId instanceof ObjectId ? clusterId.toHexString() : "-"}`;
  }
  const setName: unknown = hello["setName"];
  if (typeof setName === "string") {
    const config = await explained(() =>
      unlessCode(mongoCodes.unauthorized, null, () => admin.command({ replSetGetConfig: 1 })),
    );
    const id: unknown = config?.["config"]?.settings?.replicaSetId;
    if (id instanceof ObjectId) return `mongo:set:${id.toHexString()}`;
  }
  const uuid = await dataUuid(session);
  if (uuid !== null) return `mongo:data:${uuid}`;
  return typeof setName === "string"
    ? `mongo:set:${setName}`
    : `mongo:server:${client.options.hosts.join(",")}`;
}

async function dataUuid({ client }: MongoSession): Promise<string | null> {
  const found = await explained(() =>
    unlessCode(mongoCodes.unauthorized, [], () =>
      client.db("admin").listCollections({ name: "system.version" }, { nameOnly: false }).toArray(),
    ),
  );
  const uuid: unknown = found.find(({ name }) => name === "system.version")?.info?.uuid;
  return uuid instanceof BSON.Binary ? uuid.toString("hex") : null;
}
