import { AckPolicy, DeliverPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { headers } from "@nats-io/transport-node";
import type { NatsConnection } from "@nats-io/transport-node";

export const orders = { type: "queue", names: { stream: "db_orders" } } as const;

/** Every byte there is, so that nothing that is taken for text survives. */
const everyByte = Uint8Array.from({ length: 256 }, (_, at) => at);

/**
 * A customer's stream: text, binary, empty messages, headers with more than one value, a deleted sequence; a pull consumer with
 * acknowledgements outstanding, one with a filter, and a push consumer.
 */
export async function makeOrders(connection: NatsConnection, messages = 200): Promise<void> {
  const manager = await jetstreamManager(connection);
  await manager.streams.add({
    name: "db_orders",
    subjects: ["orders.>"],
    max_age: 3_600_000_000_000,
    max_msgs_per_subject: 1000,
    max_bytes: 1 << 30,
  });
  const js = jetstream(connection);
  for (let at = 0; at < messages; at += 1) {
    const tags = headers();
    tags.append("Kind", "order");
    tags.append("Kind", `nth ${at}`);
    const payload = [new Uint8Array(0), everyByte, new TextEncoder().encode(`order ${at} ä`)][at % 3]!;
    await js.publish(`orders.${at % 7}.placed`, payload, at % 2 === 0 ? { headers: tags } : {});
  }
  await manager.streams.deleteMessage("db_orders", 5);
  await manager.consumers.add("db_orders", { durable_name: "billing", ack_policy: AckPolicy.Explicit });
  await manager.consumers.add("db_orders", {
    durable_name: "filtered",
    ack_policy: AckPolicy.All,
    filter_subject: "orders.3.placed",
    deliver_policy: DeliverPolicy.All,
  });
  await manager.consumers.add("db_orders", {
    durable_name: "pushed",
    ack_policy: AckPolicy.Explicit,
    deliver_subject: "out.pushed",
  });
  const billing = await js.consumers.get("db_orders", "billing");
  const batch = await billing.fetch({ max_messages: 10, expires: 2000 });
  let taken = 0;
  for await (const message of batch) {
    // Every second one is acknowledged: the floor stays behind what was delivered.
    if (taken % 2 === 0) message.ack();
    taken += 1;
  }
  await connection.flush();
}
