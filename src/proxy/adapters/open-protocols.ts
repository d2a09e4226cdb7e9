import type { ListenerSection } from "../../config/listener-schema.ts";
import type { CancelKeys } from "../sessions/postgres/cancel-keys.ts";
import type { Speaker } from "../sessions/ports.ts";
import type { WireProtocol } from "./wire-protocols.ts";

export type ProtocolName = ListenerSection["protocol"];

/** What sessions of a protocol need beside their listener. */
export interface ProtocolParts {
  /** Of a session's database, for a role that could drop what others own; null: not known. Rejects with `OpsError`. */
  knownFunctions(speaker: Speaker): Promise<ReadonlySet<string> | null>;
  readonly cancelKeys: CancelKeys;
}

/** The protocols that are spoken, and what each needs, loaded; of the others nothing is. */
export async function openProtocols(
  names: ReadonlySet<ProtocolName>,
  parts: ProtocolParts,
): Promise<ReadonlyMap<ProtocolName, WireProtocol>> {
  const opened = await Promise.all(
    Array.from(names, async (name) => [name, await openProtocol(name, parts)] as const),
  );
  return new Map(opened);
}

async function openProtocol(name: ProtocolName, parts: ProtocolParts): Promise<WireProtocol> {
  switch (name) {
    case "postgres": {
      const { openPostgresProtocol } = await import("./open-postgres-protocol.ts");
      return await openPostgresProtocol((speaker) => parts.knownFunctions(speaker), parts.cancelKeys);
    }
    case "nats": {
      const { openNatsSession } = await import("../sessions/nats/open-nats-session.ts");
      const tooMany = Buffer.from("-ERR 'maximum connections exceeded'\r\n");
      return { tooMany, open: (connection, context) => openNatsSession(connection, context) };
    }
    case "redis": {
      const { openRedisSession } = await import("../sessions/redis/open-redis-session.ts");
      const tooMany = Buffer.from("-ERR max number of clients reached\r\n");
      return { tooMany, open: (connection, context) => openRedisSession(connection, context) };
    }
    case "mongo": {
      const { openMongoSession } = await import("../sessions/mongo/open-mongo-session.ts");
      // Its protocol has no word for who has not asked anything yet.
      return {
        tooMany: new Uint8Array(0),
        open: (connection, context) => openMongoSession(connection, context),
      };
    }
  }
}
