import type { DestructionKind } from "../../destruction/kinds.ts";
import { catalogs } from "./candidate-catalogs.ts";
import type { CandidateWord } from "./candidate-word.ts";

const anyOf = (...tests: readonly RegExp[]): NonNullable<CandidateWord["around"]> => ({
  test: (text) => tests.some((each) => each.test(text)),
});

const gap = String.raw`[\s_.()"',:/$-]{0,6}`;
/** Those who keep streams, queues and topics: the file must speak of one. */
const broker =
  /nats|jetstream|jsm|kinesis|amqp|rabbit|sqs|aws|boto|servicebus|azure|queue|activemq|jms|bull|pubsub|kafka|pulsar|bunny|eventhub|celery/;
const inQueues = "(?:stream|queue|topic|vhost|exchange|subscription|kv|eventhub)";
const queueVerb = "(?:delete|purge|remove|unbind)";
/** `delete_queue`, `queueDelete`, `jsm.streams.delete`, `stream rm`, `"queue", "delete"`. */
const dequeuing = new RegExp(
  `${queueVerb}(?:[\\s_-]|["'],\\s*["'])?${inQueues}(?!\\w*\\.)|${inQueues}s?(?:[_-]|\\s{1,2}|["'],\\s*["'])?${queueVerb}(?![a-z])|${inQueues}(?:\\s{1,2}|["'],\\s*["'])(?:rm|del)\\b|(?:streams|jsm)(?:\\(\\w*\\))?\\.${queueVerb}(?![a-z])`,
  "i",
);

const place =
  "(?:namespace|db|database|cluster|instance|volume|disk|keyspace|server|project|stack|file.?system|replication|group|tenant|addon|sql|rds|redis|postgres|mysql|mongo|collection|bucket|branch(?:es)?|d1|kv|deployment|account|org|global|service|role|user|mi|cosmosdb|[a-z]*dbaas)";
const inKubernetes = "(?:ns|namespaces?|pvc?s?|persistentvolume\\w*|statefulsets?|sts|crds?)";
/** `delete_db_instance`, `DeleteDBInstance(`, `delete-cache-cluster`, `delete ns x`, `"delete", "pvc"`. */
const deleting = new RegExp(
  `delete_?(?:db_?(?:instance|cluster)|volume|namespace|persistent|collection_?namespaced)|delete-(?:${place}|cache|serverless|table)|delete(?:\\s+["']?|["'],?\\s*["'])${inKubernetes}\\b`,
  "i",
);
/** `Namespaces().Delete(`, `sql instances delete`: in a chain, and on a command line with a name or an option between. */
const placeDeleted = new RegExp(
  `(?<![a-z])${place}s?(?:(?:["'\\s_-]{1,4}|:)(?:[\\w$"'={}-]+[\\s"']{1,3})?|["']\\s*,\\s*["'])(?:delete|rm|remove|del)(?:$|["'\\s])(?!\\w+[.[(])|(?:namespace|persistentvolume|claim)s?(?:\\([^()]{0,24}\\))?(?:\\.\\w+\\([^()]{0,24}\\)){0,2}\\s*\\.\\s*delete`,
  "i",
);
const removing = new RegExp(`remove[\\s_.-]?volume|volumes?${gap}remove(?![a-z])|addons?[:-]remove`, "i");
const destroying =
  /(?:terraform|tofu|terragrunt|pulumi|apps?|volumes?|addons?|cdk(?:tf)?|stacks?|fly(?:ctl)?|vagrant|lando|zfs|heroku|scalingo|dokku|postgres|mysql|mariadb|mongo|redis|credentials|run-all|mpg|pg|db|databases?|clusters?|machines?|servers?|projects?|instances?|droplets?)["'\s,:]{1,6}(?:-\S+\s+){0,2}["']?destroy|(?<![a-z])destroy[\s_-]?(?:database|cluster|instance|volume|stack)(?![a-z])|\s["']?-destroy\b/i;
const resetting =
  /(?:db|pg|database|migrate|stack|cluster|acl|rabbitmq\w*|goose|project|ecto|ash|pop|soda|prisma)[\s_:."',-]{1,6}reset|force[\s_-]?reset|reset_?(?:db|database|schema)(?![a-z])|cluster_?reset/i;
const wiping =
  /(?:db|migrate|migration|schema|database|branch)[\s_:"',/-]{0,4}(?:wipe|fresh|refresh)|migrate-fresh/i;
const cleaning =
  /(?:flyway|schema|docker-sync|\bdb)["'\s_.:,-]{1,5}(?:-\S+\s+){0,4}["']?clean(?![a-z])|flyway.{0,40}clean|clean[\s_-]?(?:at[\s_-]?start|on[\s_-]?validat|disabled)/i;

/** What removes files. */
const removal = /\brm\b|shred|rmtree|rm_r|rmdir|find\b[^\n]{0,400}-delete|rm -/;

/** What may stand between the verb and what is dropped: blanks, the end of one literal and the beginning of another, comments, the `_` of a name. */
const between = "(?:[\\s_.()\"'`,:/+*=>[\\]-]|%20|\\\\[ntr]|--[^\\n]*\\n){0,16}";
const dropOf = (things: string): RegExp => new RegExp(`drop${between}(?:if\\W|${things})`, "i");
const droppedThing = dropOf(
  "(?:and_?)?create|all_?(?:users|roles|schemas)|database|dbs?(?![a-z])|role|users?(?![a-z])|group|owned|schema|login|keyspace|catalog|instance|cluster|namespace|volume",
);
const droppedPart = dropOf(
  "tablespace|subscription|extension|table|column|type|domain|(?:materialized.)?view|index|sequence|function|collection|server|replication|all",
);
/** A statement whose next part is put in at run time, or stands in another literal. */
const droppedHole =
  /drop\s{0,8}(?:\$\{|\$\w|%[a-z(]|#\{|\{\w*\}|\\$|\+|--|\/\*)|drop\s+["'`]\s*(?:[+,;)\]%.&|}?]|$)/i;
/** A literal that is the verb alone, as statements are written. */
const dropAlone = /["'`(\s]DROP["'`]|DROP\s*$/;
/** The command of a document. */
const dropKey = /["'`({\s[]drop["'`]?\s*(?:[:,]|=>)/;
/** A method of a database's handle, whatever that is called. */
const dropCall =
  /(?:\.|->)\s*(?:Drop|DropAsync|drop_async)\s*(?:::<[^>]*>)?\(|(?:\.|->)\s*drop\s*\(\s*(?:\)|\[|None|null|nil|array|&|\$?(?:\w*[sS]ession|options|opts|ctx|context|c)\s*[,)]|\w+\s*[:=])|(?:[dD]atabase|[dD][bB]|db\(\w*\))\.drop\b/;
/** A tool's own word, behind what it drops or behind its name. */
const toolDrop =
  /(?:\bdb|database|tenant|tasks|ecto|orm|event_store|postgres|mongoid|schema)[\s:._-]{1,4}drop(?![a-z])|(?:mysqladmin|mariadb-admin|migrate|dbmate|sqlx|diesel|edgedb|gel|soda|pop|hanami|bq)\b[^\n]{0,40}\bdrop\b/i;

const drop: CandidateWord = { word: "drop", around: anyOf(droppedThing, droppedHole, dropAlone, toolDrop) };
const dropPart: CandidateWord = { word: "drop", around: anyOf(droppedPart, droppedHole, dropAlone) };
const dropOnHandle: CandidateWord = {
  word: "drop",
  around: anyOf(droppedThing, droppedHole, dropAlone, dropCall),
};
const dropCollection: CandidateWord = {
  word: "drop",
  around: anyOf(droppedPart, droppedHole, dropAlone, dropCall, dropKey),
};
const flush: CandidateWord = {
  word: "flush",
  around:
    /flush[\s_."'`-]{0,3}(?:all|db|database)|(?:manage\.py|django-admin|management|call_command)\W{1,8}flush|command["']?\s*[:=]\s*["']?flush|["'`]flush["'`]\s*(?:[+.\]]|,\s*["'](?:all|db))/i,
};
const purge: CandidateWord = {
  word: "purge",
  around:
    /purge[\s_.("'`:-]{0,4}(?:stream|queue|all|db|account)|(?:stream|queue|account|acct|jsm?|nats|sqs|rabbitmq\w*)s?(?:\([^()]{0,24}\))?["'\s_.:,-]{0,5}purge/i,
  beside: broker,
};
const rakePurge: CandidateWord = {
  word: "purge",
  around: /db:(?:\w+:)?purge|tasks\W{1,2}purge|purge[_-]?db/i,
};
const users: readonly CandidateWord[] = [
  { word: "remov", around: /remove_?user/i, beside: /mongo|\b(?:db|admin|database|admindb)\b/ },
  { word: "mysql", around: /mysql\W{1,3}(?:user|db|global_priv|role)/i },
];

/** By kind; too many rather than too few: a client method, a command, an array of words and a name in another case must pass. */
export const candidateWords: Readonly<Record<DestructionKind, readonly CandidateWord[]>> = {
  database: [
    drop,
    { word: "ensuredeleted" },
    { word: "killdatabase" },
    { word: "reset", around: resetting },
    { word: "replant" },
    { word: "recreate", around: /db:recreate/i },
    { word: "truncat", around: /truncate_all/i },
    { word: "event_store" },
    { word: "tear_down", around: /ash\W+tear_down/i },
    rakePurge,
    { word: "wipe", around: wiping },
    { word: "fresh", around: wiping },
    { word: "site", around: /drop-site|site["',\s]+empty/i },
    { word: "reinstall", around: /bench\W/i },
    { word: "delet", around: anyOf(deleting, placeDeleted) },
    { word: "detach", around: /detach\s+database/i },
  ],
  role: [drop, ...users],
  owned: [drop, { word: "reassign", around: /reassign\W{1,12}owned/i }],
  schema: [
    drop,
    { word: "schema", around: /schema:load/i },
    { word: "clean", around: cleaning },
    { word: "clean", around: /\.clean\w*\s*\(/i, beside: /flyway/ },
  ],
  catalog: catalogs,
  tablespace: [dropPart],
  subscription: [dropPart],
  slot: [dropPart],
  extension: [dropPart],
  table: [
    dropPart,
    { word: "migrat", around: /rollback|down/i },
    { word: "forc", around: /force["']?\s*(?::|=>?)\s*true/i },
    { word: "synchronize", around: /synchronize["']?\s*(?:\(|:|=)\s*true/i },
    { word: "hbm2ddl" },
    { word: "ddl-auto" },
    { word: "ddl_auto" },
    { word: "ddlauto" },
    { word: "schema", around: /generat|strategy/i },
  ],
  column: [dropPart, { word: "remove", around: /remove_?(?:column|field)/i }],
  type: [dropPart],
  truncate: [{ word: "truncat" }],
  "unbounded-delete": [
    { word: "delet" },
    { word: "destroy", around: /destroy_?all/i },
    { word: "remove", around: /remove\s*\(/i },
  ],
  functional: [
    { word: "nologin" },
    { word: "password" },
    { word: "until" },
    { word: "connection", around: /connection\W{1,6}limit/i },
    { word: "rename" },
    { word: "allow", around: /allow_?conn/i },
  ],
  disarming: [
    { word: "session_replication_role" },
    { word: "event_triggers" },
    { word: "log_statement" },
    { word: "disable" },
    { word: "alter", around: /alter\W{1,6}system/i },
  ],
  opaque: [
    { word: "execut" },
    { word: "dblink" },
    { word: "program" },
    { word: "plpython" },
    { word: "plperl" },
    { word: "eval" },
    { word: "prepare" },
  ],
  "acl-user": [
    { word: "deluser" },
    { word: "del_user" },
    { word: "setuser", around: /acl/i },
    { word: "set_user", around: /acl/i },
    { word: "aclload" },
    { word: "acl_load" },
    { word: "aclreset" },
    { word: "reset", around: /acl/i },
    { word: "load", around: /\bacl\W/i },
  ],
  flush: [
    flush,
    { word: "swapdb" },
    { word: "swap_db" },
    { word: "swapdatabase" },
    { word: "maxmemory", around: /maxmemory(?![a-z])/i },
    { word: "replicaof" },
    { word: "slaveof" },
    { word: "replica_of" },
    { word: "slave_of" },
    { word: "reset", around: /cluster/i },
  ],
  keys: [
    { word: "unlink" },
    { word: "keys", around: /\bkeys\b/i },
    { word: "scan", around: /\bz?s?h?scan(?:_?iter|_?stream)?\b/i },
    { word: "expire" },
    { word: "delet", around: /pattern|match|del_|by_?prefix/i },
  ],
  "mongo-database": [dropOnHandle],
  "mongo-user": [drop, ...users],
  collection: [dropCollection, { word: "delet", around: /delete_?(?:collection|index|many)/i }],
  stream: [
    purge,
    { word: "stream", around: /(?:delete|purge)_?stream/i },
    { word: "delet", around: dequeuing, beside: broker },
    { word: "remove", around: dequeuing, beside: broker },
    { word: "unbind", around: dequeuing, beside: broker },
    { word: "stream", around: dequeuing, beside: broker },
    { word: "queue", around: dequeuing, beside: broker },
    { word: "topic", around: dequeuing, beside: broker },
    { word: "js.api" },
    { word: "sys.req" },
    { word: "stream.delete" },
    { word: "stream.purge" },
    { word: "obliterate" },
    { word: "rabbitmq", around: /rabbitmq(?:ctl|admin)/i },
    { word: "nats", around: /\bnats\b/i, beside: /\b(?:rm|del|delete|purge)\b/ },
    { word: "kafka-", beside: /delete/ },
    { word: "pulsar-admin", beside: /delete/ },
    { word: "confluent", beside: /^(?=[\s\S]*kafka)(?=[\s\S]*delete)/ },
    { word: "delete account" },
    { word: "delete operator" },
    { word: "delete", around: /nsc\W{1,4}delete/i },
  ],
  server: [
    drop,
    {
      word: "prune",
      around:
        /(?:volumes?|system)(?:\(\)|["',\s_.-])[\s\S]{0,16}prune|prune\w*[\s_."',-]{0,4}volumes?|volumes?_?prune/i,
    },
    rakePurge,
    { word: "destroy", around: destroying },
    { word: "absent", around: /(?:state|ensure)["']?\s*(?::|=>?)\s*["']?:?absent|_\w+\.absent/i },
    { word: "kubectl", beside: /delete|purge|prune/ },
    { word: "delet", around: anyOf(deleting, placeDeleted) },
    { word: "remov", around: removing },
    { word: "reset", around: resetting },
    { word: "wipe", around: wiping },
    { word: "fresh", around: wiping },
    { word: "clean", around: cleaning },
    {
      word: "down",
      around:
        /down["',\s\\]+(?:[\w-]+["',\s\\]+){0,3}(?:-\w*v|-v|--v|-t|--r|--t)|down[^\n]{0,40}(?:-v\b|--volumes|-rmi)/i,
    },
    {
      word: "volume",
      around:
        /(?:volumes?["',\s]+(?:rm|prune|remove|delete)|(?:rm|remove|delete|prune)\w*[\s"',_]+volumes?|volume_?(?:remove|prune|delete))/i,
    },
    { word: "ddev", around: /ddev\W{1,4}delete/i },
    { word: "accept-data-loss" },
    { word: "acceptdataloss" },
    { word: "force-reset" },
    { word: "pgdata", beside: removal },
    { word: "pg_data", beside: removal },
    { word: "/var/lib/", beside: removal },
    { word: "data/db", beside: removal },
    { word: "-data", around: /(?:pg|postgres|mysql|mongo|redis)-data/i, beside: removal },
    { word: "_data", around: /(?:postgres|mysql|mongo|redis)_data/i, beside: removal },
    { word: "bitnami", beside: removal },
    { word: "bucket", around: /(?:["'\s]rb["',\s]|delete-bucket)/i },
    { word: "s3 rb" },
    { word: 's3", "rb' },
    { word: "doctl", beside: /\b(?:delete|rm|d)\b/ },
    { word: "linode-cli", beside: /delete/ },
  ],
};
