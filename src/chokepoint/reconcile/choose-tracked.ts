import type { Inventory, InventoryItem } from "../backend.ts";
import type { TargetPolicy } from "../target-policy.ts";

/**
 * What is compared from round to round. Consumers of NATS go with their stream, and prefixes of Redis's keys end when their keys expire:
 * without more than a name, nobody is accused for those. Prefixes that the target's policy names are resources, and are compared.
 */
export function chooseTracked(inventory: Inventory, policy: TargetPolicy): Inventory {
  const keys = policy.names.patterns.keys;
  const pattern = keys === undefined ? null : new RegExp(keys);
  const isTracked = ({ part, name }: InventoryItem): boolean =>
    part !== "consumer" && (part !== "keys" || pattern?.test(name) === true);
  const left = new Set(inventory.items.filter((item) => !isTracked(item)).map(({ part }) => part));
  return {
    ...inventory,
    items: inventory.items.filter(isTracked),
    blind: [
      ...inventory.blind,
      ...(left.has("consumer") ? ["consumers go with their streams, and are not compared"] : []),
      ...(left.has("keys") ? ["prefixes of keys that names.keys does not match are not compared"] : []),
    ],
  };
}
