import { jetstreamManager } from "@nats-io/jetstream";
import { connect as connectNats } from "@nats-io/transport-node";
import { createClient } from "@redis/client";

/** A connection of a client through the proxy, or past it. */
interface OtherClient {
  /** What destroys nothing. */
  use(): Promise<unknown>;
  make(name: string): Promise<unknown>;
  destroy(name: string): Promise<unknown>;
  there(): Promise<readonly string[]>;
  /** Resolves when the other side has ended the connection. */
  readonly closed: Promise<unknown>;
  end(): Promise<void>;
}

export async function redisClient(
  place: { readonly port: number } | { readonly path: string },
): Promise<OtherClient> {
  const client = createClient({
    RESP: 2,
    socket: {
      ...("port" in place ? { host: "127.0.0.1", port: place.port } : { path: place.path }),
      tls: false,
      reconnectStrategy: false,
    } as never,
    disableClientInfo: true,
    maintNotifications: "disabled",
  });
  const closed = new Promise((resolve) => client.on("error", resolve).on("end", resolve));
  await client.connect();
  return {
    use: () => Promise.all([client.set("k", "v"), client.get("k"), client.multi().incr("n").get("n").exec()]),
    make: (name) => client.sendCommand(["ACL", "SETUSER", name, "on", "nopass", "~*", "+get"]),
    destroy: (name) => client.sendCommand(["ACL", "DELUSER", name]),
    there: async () => await client.sendCommand<string[]>(["ACL", "USERS"]),
    closed,
    async end() {
      if (client.isOpen) client.destroy();
    },
  };
}

export async function natsClient(port: number): Promise<OtherClient> {
  const client = await connectNats({ servers: `127.0.0.1:${port}`, reconnect: false });
  const manager = await jetstreamManager(client);
  // The library's own flush has no end when the connection has one.
  const cut = client.closed().then(() => Promise.reject(new Error("the connection has ended")));
  cut.catch(() => undefined);
  return {
    async use() {
      client.publish("nobody.listens", "DELETE");
      await Promise.race([client.flush(), cut]);
    },
    make: (name) => manager.streams.add({ name, subjects: [`${name}.>`] }),
    destroy: (name) => manager.streams.delete(name),
    async there() {
      const names: string[] = [];
      for await (const name of manager.streams.names()) names.push(name);
      return names;
    },
    closed: client.closed(),
    end: () => client.close(),
  };
}
