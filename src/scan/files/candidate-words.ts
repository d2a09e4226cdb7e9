import type { DestructionKind } from "../../destruction/kinds.ts";

/**
 * A word that no destruction of its kinds does without, and, where it is too common to tell by itself, what must stand around it: a
 * case-insensitive regular expression over the text from 40 bytes before the word to 64 behind it.
 */
export interface CandidateWord {
  /** In small letters, at least four. */
  readonly word: string;
  readonly around?: { test(text: string): boolean };
}

const gap = String.raw`[\s_.()"',:/$-]{0,6}`;
const store =
  "(?:stream|queue|topic|kv|bucket|consumer|vhost|exchange|account|key_?value|object_?store|jsm?)s?";
const place =
  "(?:namespace|db|database|cluster|instance|volume|disk|pvc?|ns|persistent|stateful|keyspace|server|project|stack|file.?system|replication|group|tenant|addon|sql|rds|redis|postgres|mysql|mongo|core|collection|snapshot|backup|table|branch|branches|d1|kv|deployment|service|resource|all|state)";
const verb = "(?:delete|remove|destroy|purge|unbind|obliterate|reset|edit|update)";
const dropping = new RegExp(
  `(?:^|[^a-z])(?:rm|del)${gap}${store}|${verb}${gap}${store}|${store}${gap}(?:(?:rm|del)\\b|${verb}(?![a-z]))`,
  "i",
);
const deleting = new RegExp(
  `delete[\\s_.-]?(?:["'][,\\s]+["'])?${place}|(?:^|[^a-z])${place}s?(?:\\(\\w*\\))?(?:\\.|["'\\s_-]{1,6}(?:[\\w$"'-]+[\\s"']{1,3})?|["']\\s*,\\s*["'])delete(?![a-z])|delet[a-z]{0,6}${gap}(?:user|role|login)`,
  "i",
);
const removing = new RegExp(
  `remove[\\s_.-]?(?:user|role|login|volume|pv\\b|namespace\\b|database|cluster)|(?:^|[^a-z])(?:volume|${store})s?${gap}remove(?![a-z])`,
  "i",
);
const destroying =
  /(?:terraform|tofu|terragrunt|pulumi|apps?|volumes?|addons?|cdk|stacks?|fly(?:ctl)?|vagrant|db|databases?|clusters?|machines?|servers?|projects?|instances?|droplets?)["'\s,:]{1,6}(?:-\S+\s+){0,2}["']?destroy|destroy[\s_-]?(?:database|cluster|instance|volume|stack|all)|when\s*=\s*destroy|force[_-]?destroy/i;
const terminating =
  /terminat\w{0,3}[\s_-]?(?:db|instance|cluster|environment|server)|(?:instances?|clusters?|environments?|ec2)\W{1,4}terminate/i;
const resetting =
  /(?:db|pg|database|migrate|stack|cluster|acl|rabbitmq\w*|goose|project)[\s_:"',-]{1,6}reset|force[\s_-]?reset|reset_?db|reset_?database|cluster_?reset/i;
const wiping = /(?:db|migrate|volume|data)[\s_:"',-]{0,4}(?:wipe|fresh|refresh|clean)/i;

/** What may stand between the verb and what is dropped: blanks, the end of one literal and the beginning of another, comments, the `_` of a name. */
const between = "(?:[\\s_.()\"'`,:/+*=>[\\]-]|\\\\[ntr]|--[^\\n]*\\n){0,16}";
const dropOf = (things: string): RegExp => new RegExp(`drop${between}(?:if\\W|${things})`, "i");
const droppedThing = dropOf(
  "and_?create|all_?(?:users|roles|schemas)|database|dbs?(?![a-z])|role|users?(?![a-z])|group|owned|schema|login|keyspace|catalog|instance|cluster|namespace|volume",
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
const dropCall = /\.\s*(?:drop|Drop|DropAsync|drop_async)\s*(?:::<[^>]*>)?\(|(?:database|db)\.drop\b/;
const anyOf = (...tests: readonly RegExp[]): NonNullable<CandidateWord["around"]> => ({
  test: (text) => tests.some((each) => each.test(text)),
});

const drop: CandidateWord = { word: "drop", around: anyOf(droppedThing, droppedHole, dropAlone) };
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
  around: anyOf(/flush[\s_."'`-]{0,3}(?:all|db|database)/i, /flush["'`]/i, /["'`\s(]FLUSH(?:ALL|DB|["'`\s])/),
};
const purge: CandidateWord = {
  word: "purge",
  around:
    /purge[\s_.("'`:-]{0,4}(?:stream|queue|all|db|data|namespace|bucket|topic|vhost|account)|(?:stream|queue|account|jsm?|topic|kv|bucket|celery|channel|ch|db|nats|app|sqs)s?[\s\S]{0,12}purge|\.purge\s*\(/i,
};
const catalogs: readonly CandidateWord[] = [
  {
    word: "pg_c",
    around: /pg_(?:catalog|class|constraint|collation|cast|conversion)/i,
  },
  ..."database auth shde names tables attr proc type index depend rewr trig roles user shad db_ro stat larg defau poli exte fore desc lang oper publ subs repl sequ even"
    .split(" ")
    .map((rest) => ({ word: `pg_${rest}` })),
  { word: "mysql", around: /mysql\W{1,3}(?:user|db|global_priv|role)/i },
  { word: "allow_system_table_mods" },
];
const users: readonly CandidateWord[] = [
  { word: "delet", around: /delet[a-z]{0,6}[\s_.-]{0,4}(?:db|database|sql)?[\s_.-]?(?:user|role|login)/i },
  { word: "remov", around: /remov[a-z]{0,6}[\s_.-]{0,4}(?:db|database|sql)?[\s_.-]?(?:user|role|login)/i },
  { word: "mysql", around: /mysql\W{1,3}(?:user|db|global_priv|role)/i },
];

/** By kind; too many rather than too few: a client method, a command, an array of words and a name in another case must pass. */
export const candidateWords: Readonly<Record<DestructionKind, readonly CandidateWord[]>> = {
  database: [
    drop,
    { word: "ensuredeleted" },
    { word: "reset", around: resetting },
    purge,
    { word: "wipe", around: wiping },
    { word: "fresh", around: wiping },
    { word: "delet", around: deleting },
    { word: "detach", around: /detach\s+database/i },
  ],
  role: [drop, ...users],
  owned: [drop, { word: "reassign", around: /reassign\W{1,12}owned/i }],
  schema: [drop, { word: "schema", around: /schema:load|clean/i }],
  catalog: catalogs,
  tablespace: [dropPart],
  subscription: [dropPart],
  slot: [dropPart],
  extension: [dropPart],
  table: [dropPart, { word: "migrat", around: /rollback|down/i }],
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
    { word: "setuser" },
    { word: "set_user" },
    { word: "aclload" },
    { word: "acl_" },
    { word: "aclreset" },
    { word: "reset", around: /acl/i },
    { word: "load", around: /\bacl\W/i },
  ],
  flush: [
    flush,
    { word: "swapdb" },
    { word: "swap_db" },
    { word: "maxmemory" },
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
    { word: "delet", around: dropping },
    { word: "remove", around: dropping },
    { word: "destroy", around: dropping },
    { word: "unbind", around: dropping },
    { word: "stream", around: dropping },
    { word: "queue", around: dropping },
    { word: "bucket", around: dropping },
    { word: "js.api" },
    { word: "sys.req" },
    { word: "obliterate" },
    { word: "rabbitmqctl" },
    { word: "kafka-", around: /delete/i },
    { word: "topic", around: dropping },
  ],
  server: [
    drop,
    { word: "prune" },
    purge,
    { word: "destroy", around: destroying },
    { word: "absent", around: /(?:state|ensure)["']?\s*(?::|=>?)\s*["']?:?absent/i },
    { word: "revocation" },
    { word: "kubectl" },
    { word: "helm", around: /uninstall|delete|\bdel\b|purge/i },
    { word: "flyway", around: /clean/i },
    { word: "clean", around: /flyway|disabled/i },
    { word: "delet", around: deleting },
    { word: "remov", around: removing },
    { word: "terminat", around: terminating },
    { word: "reset", around: resetting },
    { word: "wipe", around: wiping },
    { word: "fresh", around: wiping },
    {
      word: "down",
      around: /down["',\s]+(?:-\w*v|-v|--v|-t|--r|--t)|down[^\n]{0,40}(?:-v\b|--volumes|-rmi)/i,
    },
    {
      word: "volume",
      around:
        /(?:volumes?["',\s]+(?:rm|prune|remove|delete)|(?:rm|remove|delete|prune)\w*[\s"',_]+volumes?)/i,
    },
    { word: "accept-data-loss" },
    { word: "acceptdataloss" },
    { word: "forc", around: /force["']?\s*(?::|=>?)\s*true|force[\s_-]?(?:reset|destroy|delete)/i },
    { word: "synchronize", around: /synchronize["']?\s*(?:\(|:|=)\s*true/i },
    { word: "hbm2ddl" },
    { word: "ddl-auto" },
    { word: "ddl_auto" },
    { word: "pgdata" },
    { word: "/var/lib/" },
    { word: "rm -", around: /rm\s+-\w*r/i },
    { word: "rmtree" },
    { word: "uninstall" },
  ],
};
