import type { Inventory, InventoryItem } from "../../backend.ts";
import { throwIfInterrupted } from "../../../run/interrupt.ts";
import { userOf } from "./acl-line.ts";
import { keysId, readSystemIdentifier, userId } from "./identify.ts";
import { isOwnKey, lastKey } from "./key-names.ts";
import type { Link } from "./link.ts";
import { listOf, textOf } from "./replies.ts";
import { scanKeys } from "./scan-keys.ts";

/** More different prefixes than this are no longer told apart. */
const mostPrefixes = 100_000;

/** Users, and keys by what stands up to and with their first colon. The link's database is custody's. */
export async function takeInventory(link: Link, database: number, signal: AbortSignal): Promise<Inventory> {
  const systemIdentifier = await readSystemIdentifier(link);
  const lines = listOf(await link.ask(["ACL", "LIST"]), "ACL LIST").map((each) => textOf(each, "ACL LIST"));
  const { prefixes, unprefixed, isWhole } = await listPrefixes(link, signal);
  await link.select(database);
  const items: InventoryItem[] = [];
  const users = lines.filter((line) => userOf(line) !== "default");
  const userLasts = await readLasts(link, "user", users.map(userOf));
  for (const [index, line] of users.entries())
    items.push({ part: "user", name: userOf(line), id: userId(userOf(line), line, userLasts[index]) });
  const keyLasts = await readLasts(link, "keys", prefixes);
  for (const [index, prefix] of prefixes.entries())
    items.push({ part: "keys", name: prefix, id: keysId(prefix, keyLasts[index]) });
  return {
    systemIdentifier,
    items,
    witnessed: [],
    blind: [
      "Redis keeps no record of what was removed: a user or prefix that came and went between two looks is not seen",
      "the id of a user is made of its ACL line: a user whose rules or passwords were changed reads as another of the same name",
      "of keys only the prefix up to the first colon is seen: whether some of them are missing is not",
      ...(unprefixed > 0 ? [`${unprefixed} keys have no colon and belong to no prefix`] : []),
      ...(isWhole ? [] : [`there are more than ${mostPrefixes} prefixes: the rest was not looked at`]),
    ],
  };
}

async function listPrefixes(
  link: Link,
  signal: AbortSignal,
): Promise<{ readonly prefixes: readonly string[]; readonly unprefixed: number; readonly isWhole: boolean }> {
  const prefixes = new Set<string>();
  let unprefixed = 0;
  for await (const { keys } of scanKeys(link, "", { signal })) {
    throwIfInterrupted(signal);
    for (const key of keys) {
      if (isOwnKey(key)) continue;
      const colon = key.indexOf(":");
      if (colon < 0) unprefixed += 1;
      else if (prefixes.size < mostPrefixes) prefixes.add(key.toString("utf8", 0, colon + 1));
      else return { prefixes: [...prefixes], unprefixed, isWhole: false };
    }
  }
  return { prefixes: [...prefixes].sort(), unprefixed, isWhole: true };
}

async function readLasts(
  link: Link,
  part: "user" | "keys",
  names: readonly string[],
): Promise<readonly (string | undefined)[]> {
  const lasts: (string | undefined)[] = [];
  for (let index = 0; index < names.length; index += 1000) {
    const replies = await link.askAll(
      names.slice(index, index + 1000).map((name) => ["GET", lastKey(part, name)]),
    );
    for (const reply of replies) lasts.push(Buffer.isBuffer(reply) ? reply.toString("utf8") : undefined);
  }
  return lasts;
}
