import type { DestructionKind } from "../../destruction/kinds.ts";
import { plainName } from "./callee.ts";
import type { Callee } from "./callee.ts";

/** What a file works with, as far as its imports and its names tell. */
export interface Surroundings {
  /** Whether the file speaks of a product anywhere: `redis`, `mongo`. */
  mentions(pattern: RegExp): boolean;
  /** Whether it imports a module of it. */
  imports(pattern: RegExp): boolean;
}

export interface ClientMethod {
  readonly kind: DestructionKind;
  readonly what: string;
  readonly isSure: boolean;
  /** Whether what it is called on says so, not its name alone. */
  readonly isByChain: boolean;
  /** Whether what it is called on bears the name of a client's handle. */
  readonly isOnHandle: boolean;
  /** Whether the file imports the product whose method it is. */
  readonly isImported: boolean;
  /** Whether a name is that of the product: `redisClient`, `mongo`. */
  readonly isNamedAfter: (name: string) => boolean;
}

interface MethodRule {
  /** Plain names, without `async` at their end. */
  readonly names: string;
  readonly kind: DestructionKind;
  /** Products of which the file must speak. */
  readonly product?: RegExp;
  /** What the last name of what it is called on may be, where the file speaks of no product. */
  readonly on?: RegExp;
  /** Fewer arguments are another method of the same name. */
  readonly fewest?: number;
  /** It is also a function, called on nothing. */
  readonly isFunction?: true;
}

const redis = /redis|jedis|lettuce|valkey|keydb|dragonfly/;
const mongo = /mongo/;
const kubernetes = /kube|k8s|client-go|fabric8/;
const docker = /docker/;
const amazon = /aws|boto|amazon|sqs/;
const queues = /amqp|rabbit|sqs|aws|boto|servicebus|azure|queue_client|activemq|jms|bullmq|pubsub|taskqueue/;
const streams = /nats|jetstream|kinesis|jsm/;
const sqlHandle =
  /^(?:db|database|conn|connection|client|queryrunner|runner|datasource|ds|pool|pg|pgm|knex|sequelize|queryinterface|qi|orm|em|schema|generator|manager|schemamanager|sm|op|migrator|migrationbuilder|getconnection|admin|mb|b|dsl|ctx|context|q|tx|trx|session|engine|inspector|self|this|connections|base|schematool|\w*client|template|jdbctemplate|schemaeditor|mongoose)$/;
const sqlProduct =
  /typeorm|sequel|knex|mikro|postgres|mysql|sqlalchemy|alembic|doctrine|activerecord|active_record|jooq|entityframework|npgsql|drizzle|prisma|mongoose|hibernate|liquibase|exposed|objection|sqlite|migration/;

const rules: readonly MethodRule[] = [
  {
    names: "flushall flushalldatabases flushdatabase flushdb",
    kind: "flush",
    product: redis,
    isFunction: true,
  },
  { names: "flushalldatabases", kind: "flush", on: /^(?!\w*request$)\w/ },
  {
    names: "flushall",
    kind: "flush",
    on: /^(?:r|rdb|rc|commands|asynccommands|synccommands|async|sync|servercommands|pipe|pipeline)$/,
  },
  {
    names: "flushdb",
    kind: "flush",
    on: /^(?:r|rdb|rc|cache|client|conn|kv|store|db|pipe|pipeline|commands|asynccommands|synccommands|async|sync|servercommands)$/,
  },
  { names: "swapdb swapdatabases", kind: "flush", product: redis },
  { names: "acldeluser deluser", kind: "acl-user", product: redis },
  { names: "acldeluser", kind: "acl-user" },
  { names: "dropdatabase dropdb dropdatabaseifexists", kind: "mongo-database", product: mongo },
  { names: "dropdatabase", kind: "mongo-database", on: /^(?:db|getdb|getsiblingdb|getmongo)$/ },
  { names: "dropdatabase dropdatabaseifexists dropandcreatedatabase", kind: "database", product: sqlProduct },
  { names: "dropdatabase dropdatabaseifexists dropandcreatedatabase", kind: "database", on: sqlHandle },
  { names: "dropdatabase dropdatabaseifexists", kind: "database", fewest: 1 },
  { names: "dropdatabase", kind: "database", product: /sqlalchemy_utils/, isFunction: true },
  { names: "ensuredeleted", kind: "database" },
  { names: "dropcreatedatabasealways dropcreatedatabaseifmodelchanges", kind: "database", isFunction: true },
  { names: "dropkeyspace dropkeyspaceifexists", kind: "database", fewest: 1 },
  {
    names: "dropuser dropallusersfromdatabase dropallrolesfromdatabase dropallusers droprole",
    kind: "mongo-user",
    product: mongo,
  },
  {
    names: "removeuser",
    kind: "mongo-user",
    product: mongo,
    on: /^(?:db|admin|database|admindb|mongo\w*)$/,
    fewest: 1,
  },
  { names: "dropuser droprole", kind: "role", product: sqlProduct, on: sqlHandle, fewest: 1 },
  { names: "dropschema dropschemaifexists dropallschemas", kind: "schema", product: sqlProduct },
  { names: "dropschema dropschemaifexists dropallschemas", kind: "schema", on: sqlHandle },
  { names: "dropschema", kind: "schema", product: /sqlalchemy/, isFunction: true },
  { names: "dropall", kind: "schema", product: /liquibase/, on: /liquibase/ },
  { names: "deletestream purgestream", kind: "stream", product: streams },
  {
    names: "deletestream purgestream",
    kind: "stream",
    on: /^(?:js|jsm|jetstream|stream|streams|manager)$/,
    fewest: 1,
  },
  {
    names: "deletequeue purgequeue queuedelete queuepurge deletequeueifempty",
    kind: "stream",
    product: queues,
  },
  {
    names: "deletequeue purgequeue queuedelete queuepurge",
    kind: "stream",
    on: /^(?:ch|chan|broker|mq|\w*(?:channel|sqs|sqsclient|queueservice|queueclient|queuemanager)|rabbit\w*|amqp\w*)$/,
  },
  { names: "obliterate", kind: "stream", product: queues },
  { names: "obliterate", kind: "stream", on: /queue$/ },
  { names: "killdatabase", kind: "database", fewest: 1 },
  { names: "drop dropall dropcurrent purge purgeall purgecurrent", kind: "database", on: /databasetasks$/ },
  { names: "deletequeuecommand purgequeuecommand", kind: "stream", isFunction: true },
  {
    names:
      "deletenamespace deletenamespacedpersistentvolumeclaim deletepersistentvolume deletecollectionnamespacedpersistentvolumeclaim",
    kind: "server",
    product: kubernetes,
  },
  {
    names: "deletedbinstance deletedbcluster deletedbinstancecommand deletedbclustercommand",
    kind: "server",
    isFunction: true,
  },
  { names: "deletevolume deletevolumecommand", kind: "server", product: amazon, isFunction: true },
  { names: "volumeremove volumesprune volumeprune removevolume", kind: "server", product: docker },
];

const rulesByName = Map.groupBy(
  rules.flatMap((rule) => rule.names.split(" ").map((name) => ({ name, rule }))),
  ({ name }) => name,
);

/** Verbs that only what they are called on makes a destruction. */
const verbs: ReadonlySet<string> = new Set(["delete", "purge", "remove", "drop", "prune", "clean"]);

/** Whether some client has a method of this name that destroys: cheap, to be asked first. */
export function mayBeClientMethod(name: string): boolean {
  const plain = plainName(name).replace(/async$/, "");
  return verbs.has(plain) || rulesByName.has(plain);
}

/**
 * Methods that destroy by themselves, with no text that says so; what a name means is told by what it is called on, and by what the file works
 * with. `callee.chain` ends in the type of what it is called on, where that is declared; `handle` is its name.
 */
export function clientMethod(
  callee: Callee,
  handle: string,
  args: number,
  around: Surroundings,
): ClientMethod | null {
  const name = plainName(callee.name).replace(/async$/, "");
  const receivers = callee.chain.slice(0, -1);
  const last = plainName(receivers.at(-1) ?? "");
  const names = [last, plainName(handle)];
  const what = `.${callee.name}()`;
  if (verbs.has(name) && !rulesByName.get(name)?.some(({ rule }) => rule.on?.test(last) === true)) {
    const kind = byChain(name, last, receivers, around);
    if (kind === null) return null;
    return {
      kind,
      what,
      isSure: true,
      isByChain: true,
      isOnHandle: true,
      isImported: false,
      isNamedAfter: () => false,
    };
  }
  const fitting = rulesByName.get(name) ?? [];
  const products = fitting.flatMap(({ rule }) => rule.product ?? []);
  for (const { rule } of fitting) {
    if (receivers.length === 0 && rule.isFunction === undefined) continue;
    if (args < (rule.fewest ?? 0)) continue;
    const isOfProduct = rule.product !== undefined && around.mentions(rule.product);
    const isOnHandle = names.some((each) => rule.on?.test(each) === true);
    const isNeither = rule.product === undefined && rule.on === undefined;
    const fits =
      rule.product !== undefined && rule.on !== undefined
        ? isOfProduct && isOnHandle
        : isOfProduct || isOnHandle || isNeither;
    if (fits)
      return {
        kind: rule.kind,
        what,
        isSure: isOfProduct || isNeither,
        isByChain: false,
        isOnHandle: fitting.some((each) => names.some((one) => each.rule.on?.test(one) === true)),
        isImported: products.some((each) => around.imports(each)),
        isNamedAfter: (one) => products.some((each) => each.test(one.toLowerCase())),
      };
  }
  return null;
}

/** What only says which one is meant: `client.namespaces().withName("a").delete()`. */
const narrowing: ReadonlySet<string> = new Set([
  "withname",
  "innamespace",
  "withlabel",
  "withlabels",
  "resource",
  "load",
]);

const databaseHandles: ReadonlySet<string> = new Set(
  "database getdatabase getdb getmongodatabase selectdatabase mongodatabase usedatabase db imongodatabase".split(
    " ",
  ),
);

/** `jsm.streams.delete`, `.Namespaces().Delete`, `.Database(x).Drop`. */
function byChain(
  verb: string,
  last: string,
  receivers: readonly string[],
  around: Surroundings,
): DestructionKind | null {
  switch (verb) {
    case "drop":
      // The gem that keeps each tenant in a schema of its own.
      if (last === "tenant" && receivers.includes("Apartment")) return "schema";
      return databaseHandles.has(last) &&
        (around.mentions(mongo) || (last === "database" && receivers.length > 1))
        ? "mongo-database"
        : null;
    case "clean":
      return /flyway/i.test(receivers.join(".")) ? "schema" : null;
    case "prune":
      return last === "volumes" && around.mentions(docker) ? "server" : null;
    default: {
      if (verb === "purge" && ["stream", "getstream"].includes(last) && around.mentions(streams))
        return "stream";
      if (["streams", "jsm"].includes(last) && around.mentions(streams)) return "stream";
      if (verb === "purge" || verb === "remove") return null;
      const isKubernetes = around.mentions(kubernetes) || receivers.some((each) => /^corev1/i.test(each));
      const of = receivers.map(plainName).findLast((each) => !narrowing.has(each)) ?? "";
      const isVolume = of === "persistentvolumeclaims" || of === "persistentvolumes";
      return isKubernetes && (of === "namespaces" || isVolume) ? "server" : null;
    }
  }
}
