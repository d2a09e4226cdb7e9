import type { DestructionKind } from "../../destruction/kinds.ts";
import { plainName } from "./callee.ts";
import type { Callee } from "./callee.ts";

/** What a file works with, as far as its imports and its names tell. */
export interface Surroundings {
  /** Whether the file speaks of a library or product by this name anywhere: `redis`, `mongo`. */
  mentions(pattern: RegExp): boolean;
}

export interface ClientMethod {
  readonly kind: DestructionKind;
  readonly what: string;
  readonly isSure: boolean;
  /** Whether what it is called on says so, not its name alone. */
  readonly isByChain: boolean;
}

const redis = /redis|jedis|lettuce|valkey|keydb|dragonfly|rueidis|predis/i;
const mongo = /mongo/i;
const kubernetes = /kube|k8s|client-go|fabric8/i;
const docker = /docker/i;
const amazon = /aws|boto|amazon/i;
const redisReceiver =
  /^(?:r|rdb|redis\w*|\w*redis|jedis|client|conn|connection|cache|cmd|commands|server|pipe|pipeline|db|rc|rclient|con|kv|sync|async|multi|p|tx|store|pool|c|s|m|broker|subscriber|publisher|pub)$/i;

/** Verbs that only what they are called on makes a destruction. */
const chained: ReadonlySet<string> = new Set(["delete", "purge", "remove", "drop", "prune"]);

/** Methods that destroy by themselves, with no text that says so; what a name means is told by what the file works with. */
export function clientMethod(callee: Callee, around: Surroundings): ClientMethod | null {
  const plain = plainName(callee.name).replace(/async$/, "");
  const receivers = callee.chain.slice(0, -1);
  const last = receivers.at(-1) ?? "";
  const of = (kind: DestructionKind, isSure = true): ClientMethod => ({
    kind,
    what: `.${callee.name}()`,
    isSure,
    isByChain: chained.has(plain),
  });
  switch (plain) {
    case "flushall":
    case "flushdb":
    case "flushalldatabases":
    case "flushdatabase":
      if (around.mentions(redis)) return of("flush", redisReceiver.test(last) || plain !== "flushall");
      return plain === "flushdb" ? of("flush", false) : null;
    case "swapdb":
    case "swapdatabases":
      return around.mentions(redis) ? of("flush") : null;
    case "acldeluser":
    case "deluser":
      return around.mentions(redis) ? of("acl-user") : plain === "acldeluser" ? of("acl-user", false) : null;
    case "dropdatabase":
    case "dropdb":
    case "dropdatabaseifexists":
      if (receivers.length === 0 && plain !== "dropdatabase") return null;
      return of(
        around.mentions(mongo) ||
          (/^(?:db|getdb|getsiblingdb)$/i.test(last) && !around.mentions(/typeorm|sqlalchemy/))
          ? "mongo-database"
          : "database",
        receivers.length > 0 || around.mentions(/sqlalchemy_utils/),
      );
    case "ensuredeleted":
    case "dropanddcreatedatabase":
    case "dropandcreatedatabase":
      return receivers.length > 0 ? of("database") : null;
    case "dropuser":
    case "dropallusersfromdatabase":
    case "dropallrolesfromdatabase":
    case "dropallusers":
      if (receivers.length === 0) return null;
      return of(around.mentions(mongo) ? "mongo-user" : "role");
    case "removeuser":
      return around.mentions(mongo) && /^(?:db|admin|database|admindb|mongo\w*)$/i.test(last)
        ? of("mongo-user")
        : null;
    case "droprole":
      if (receivers.length === 0) return null;
      return of(around.mentions(mongo) ? "mongo-user" : "role");
    case "dropschema":
    case "dropschemaifexists":
    case "dropallschemas":
      return receivers.length > 0 || around.mentions(/sqlalchemy/) ? of("schema") : null;
    case "dropall":
      return /liquibase/i.test(last) ? of("schema") : null;
    case "clean":
      return /flyway/i.test(receivers.join(".")) ? of("schema") : null;
    case "deletestream":
    case "purgestream":
      return receivers.length > 0 ? of("stream") : null;
    case "deletequeue":
    case "purgequeue":
    case "queuedelete":
    case "queuepurge":
    case "deletequeueifempty":
    case "deletequeuecommand":
    case "purgequeuecommand":
      return receivers.length > 0 || plain.endsWith("command") ? of("stream") : null;
    case "deletenamespace":
    case "deletenamespacedpersistentvolumeclaim":
    case "deletepersistentvolume":
    case "deletecollectionnamespacedpersistentvolumeclaim":
      return around.mentions(kubernetes) ? of("server") : null;
    case "deletedbinstance":
    case "deletedbcluster":
    case "deletedbinstancecommand":
    case "deletedbclustercommand":
      return of("server");
    case "deletevolume":
    case "deletevolumecommand":
      return around.mentions(amazon) ? of("server") : null;
    case "volumeremove":
    case "volumesprune":
    case "volumeprune":
    case "removevolume":
      return around.mentions(docker) ? of("server") : null;
    case "delete":
    case "purge":
    case "remove":
    case "drop":
    case "prune":
    case "deluse":
      return byChain(plain, receivers, around, of);
    default:
      return null;
  }
}

/** A verb that only what it is called on makes a destruction: `jsm.streams.delete`, `.Namespaces().Delete`, `.Database(x).Drop`. */
function byChain(
  verb: string,
  receivers: readonly string[],
  around: Surroundings,
  of: (kind: DestructionKind, isSure?: boolean) => ClientMethod,
): ClientMethod | null {
  const last = plainName(receivers.at(-1) ?? "");
  if (verb === "drop") {
    const isDatabase = [
      "database",
      "getdatabase",
      "getdb",
      "getmongodatabase",
      "selectdatabase",
      "mongodatabase",
      "usedatabase",
      "db",
    ].includes(last);
    if (
      isDatabase &&
      receivers.length > 0 &&
      (around.mentions(mongo) || (last === "database" && receivers.length > 1))
    )
      return of("mongo-database");
    return null;
  }
  if (verb === "prune") return last === "volumes" && around.mentions(docker) ? of("server") : null;
  if (verb === "purge" && ["stream", "getstream"].includes(last) && around.mentions(/nats|jetstream/i))
    return of("stream");
  if (["streams", "jsm"].includes(last) && around.mentions(/nats|jetstream/i)) return of("stream");
  const isKubernetes = around.mentions(kubernetes) || receivers.some((each) => /^corev1/i.test(each));
  if (last === "namespaces" && verb !== "purge" && isKubernetes) return of("server");
  if (["persistentvolumeclaims", "persistentvolumes"].includes(last) && isKubernetes) return of("server");
  return null;
}
