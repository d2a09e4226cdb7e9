import type { Inventory, InventoryItem } from "../../backend.ts";
import type { JetStream } from "./api.ts";
import { listConsumers, listStreams } from "./infos.ts";
import { partOf } from "./place.ts";
import { isDurable } from "./saved.ts";
import { markStream, readSystemIdentifier } from "./server-mark.ts";

/** Every stream and durable consumer of the account, told apart by when they were made. */
export async function readInventory(api: JetStream): Promise<Inventory> {
  const systemIdentifier = await readSystemIdentifier(api);
  const items: InventoryItem[] = [];
  for (const { config, created } of await listStreams(api)) {
    const stream = config.name;
    if (stream === markStream) continue;
    items.push({ ...partOf({ stream, consumer: null }), id: created });
    for (const consumer of (await listConsumers(api, stream)).filter((each) => isDurable(each)))
      items.push({ part: "consumer", name: consumer.name, id: consumer.created });
  }
  return {
    systemIdentifier,
    items,
    witnessed: [],
    blind: [
      "streams of other accounts and of other JetStream domains",
      "consumers without a durable name",
      "JetStream remembers no deletions: its advisories are not kept",
    ],
  };
}
