import type { Inspection, ServerRefusal } from "../../backend.ts";
import type { Resource } from "../../resource.ts";
import type { Address } from "../../addresses/redis.ts";
import { hashLine, mayReach, readAclLine } from "./acl-line.ts";
import { identityOf, infoOf, readLast, readSystemIdentifier } from "./identify.ts";
import { refusePrefix } from "./key-names.ts";
import type { Link } from "./link.ts";
import { partsOf } from "./marks.ts";
import { textOf } from "./replies.ts";
import { listDatabases, scanKeys } from "./scan-keys.ts";

/** A plan needs an estimate: after so long the rest is reckoned from the part that was seen, if any key was. */
const countBudgetMs = 3000;
const sampled = 50;

/** What the server says of a resource. The link's database is custody's, and is again when this returns. */
export async function inspect(
  link: Link,
  address: Address,
  resource: Resource,
  signal: AbortSignal,
): Promise<Inspection> {
  const { user, keys } = resource.names;
  const refusals = await listRefusals(link, resource, address);
  const systemIdentifier = await readSystemIdentifier(link);
  const last = await readLast(link, partsOf(resource));
  const line = user === undefined ? null : await readAclLine(link, user);
  const isReachable = keys !== undefined && refusePrefix(keys) === null;
  const count = isReachable
    ? await estimate(link, keys, signal)
    : { keys: 0, bytes: 0, isWhole: true, databases: [] };
  await link.select(address.database);
  const found = { line, hasKeys: count.keys > 0, keysBytes: count.bytes, last };
  return {
    identity: identityOf(systemIdentifier, resource.names, found),
    refusals,
    sizeBytes: count.bytes + (line?.length ?? 0),
    sessions: user === undefined ? 0 : await countSessions(link, user),
    notes: [
      ...(keys === undefined
        ? ["no prefix was named: the user's keys stay where they are"]
        : [
            `${count.isWhole ? "" : "about "}${count.keys} keys under ${keys} in ${count.databases.length === 0 ? "no database" : `database ${count.databases.join(", ")}`}`,
          ]),
      ...(line === null ? [] : [`the ACL line of ${user ?? ""} is ${hashLine(line)}`]),
      ...(line !== null && keys !== undefined && !mayReach(line, keys)
        ? [`no key pattern of ${user ?? ""} reaches ${keys}: are these its keys?`]
        : []),
    ],
  };
}

/** What the server would say to a fence, before it is asked for one. */
export async function listRefusals(
  link: Link,
  resource: Resource,
  address: Address,
): Promise<readonly ServerRefusal[]> {
  const refusals: ServerRefusal[] = [];
  const refuse = (code: string, message: string, hint: string | null): void =>
    void refusals.push({ code, message, hint, isPassing: false });
  const { user, keys } = resource.names;
  if ((await infoOf(link, "cluster", "cluster_enabled")) === "1")
    refuse(
      "CLUSTERMODE",
      "the server is a node of a cluster, where a key cannot be renamed to another slot",
      "Redis Cluster is not supported",
    );
  if ((await infoOf(link, "replication", "role")) === "slave")
    refuse("READONLY", "the server is a replica", "name the primary in the target's URL");
  const why = keys === undefined ? null : refusePrefix(keys);
  if (why !== null) refuse("ERR", why, "name the resource's own prefix");
  if (user !== undefined && (user === "default" || user === (address.user ?? "default")))
    refuse("ERR", `${user} is the server's own user, or custody's`, null);
  return refusals;
}

interface Estimate {
  readonly keys: number;
  readonly bytes: number;
  readonly isWhole: boolean;
  readonly databases: readonly number[];
}

async function estimate(link: Link, prefix: string, signal: AbortSignal): Promise<Estimate> {
  const total = (await listDatabases(link)).reduce((sum, { keys }) => sum + keys, 0);
  const began = performance.now();
  let [keys, looked, bytes, samples] = [0, 0, 0, 0];
  let isWhole = true;
  const databases = new Set<number>();
  for await (const batch of scanKeys(link, prefix, { signal, looked: (more) => (looked += more) })) {
    keys += batch.keys.length;
    databases.add(batch.database);
    if (samples < sampled * 4) {
      const some = batch.keys.slice(0, sampled);
      for (const reply of await link.askAll(some.map((key) => ["MEMORY", "USAGE", key])))
        if (typeof reply === "number") [bytes, samples] = [bytes + reply, samples + 1];
    }
    if (performance.now() - began > countBudgetMs && looked < total) {
      isWhole = false;
      keys = Math.round((keys * total) / looked);
      break;
    }
  }
  return {
    keys,
    bytes: samples === 0 ? 0 : Math.round((bytes / samples) * keys),
    isWhole,
    databases: [...databases],
  };
}

async function countSessions(link: Link, user: string): Promise<number> {
  const lines = textOf(await link.ask(["CLIENT", "LIST"]), "CLIENT LIST").split("\n");
  return lines.filter((line) => / user=(\S*)/.exec(line)?.[1] === user).length;
}
