/** A target as the configuration has it: only what rules are written from. */
interface RuleTarget {
  readonly name: string;
  readonly kind: string;
}

/**
 * Rules for the servers of which custody changes nothing: what clients' users lack, so that no script and no other way of sending a
 * command gets round the proxy. Null for a kind that has none here.
 */
export function aclRules(
  target: RuleTarget,
): { readonly title: string; readonly lines: readonly string[] } | null {
  switch (target.kind) {
    case "redis":
      return {
        title: `${target.name} (redis): each client's user, its own prefix in place of TOKEN`,
        lines: redisRules,
      };
    case "nats":
      return {
        title: `${target.name} (nats): permissions of each client's user, in the server's configuration`,
        lines: natsRules,
      };
    case "mongo":
      return { title: `${target.name} (mongo): each client's user`, lines: mongoRules };
    default:
      return null;
  }
}

/** https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/: rules are applied from left to right. */
const redisRules: readonly string[] = [
  "# the server's ACL holds inside of EVAL and MULTI too, where a proxy sees nothing",
  "ACL SETUSER usr_TOKEN resetkeys ~TOKEN:* resetchannels &TOKEN:* +@all -@admin -@dangerous +info -flushall -flushdb -swapdb -config -acl -replicaof -slaveof -debug -module -shutdown -migrate -restore -keys",
  "# Redis 7 and later: selectors give what the line above takes, and libraries of functions are everybody's",
  "ACL SETUSER usr_TOKEN clearselectors -function|flush -function|delete -function|restore -function|load -script|flush -script|kill",
  "# nobody is anybody: the default user is off, and the proxy's own is the only one with all commands",
  "ACL SETUSER default off",
  "ACL SAVE",
];

/** https://docs.nats.io/running-a-nats-service/configuration/securing_nats/authorization: a denial wins over what is allowed. */
const natsRules: readonly string[] = [
  "permissions: {",
  "  publish: {",
  "    deny: [",
  '      "$JS.API.STREAM.DELETE.>", "$JS.API.STREAM.PURGE.>", "$JS.API.STREAM.MSG.DELETE.>", "$JS.API.STREAM.UPDATE.>",',
  '      "$JS.API.STREAM.RESTORE.>", "$JS.API.CONSUMER.DELETE.>", "$JS.API.ACCOUNT.PURGE.>",',
  '      "$JS.*.API.STREAM.DELETE.>", "$JS.*.API.STREAM.PURGE.>", "$JS.*.API.STREAM.MSG.DELETE.>", "$JS.*.API.STREAM.UPDATE.>",',
  '      "$JS.*.API.STREAM.RESTORE.>", "$JS.*.API.CONSUMER.DELETE.>", "$JS.*.API.ACCOUNT.PURGE.>", "$SYS.>"',
  "    ]",
  "  }",
  "}",
];

/** https://www.mongodb.com/docs/manual/core/collection-level-access-control/: readWrite may drop collections. */
const mongoRules: readonly string[] = [
  "// readWrite may drop collections, dbOwner and dbAdmin databases: a role of its own has neither",
  'db.getSiblingDB("admin").createRole({ role: "custody_tenant_TOKEN", roles: [], privileges: [{ resource: { db: "db_TOKEN", collection: "" }, actions: ["find", "insert", "update", "remove", "createIndex", "createCollection", "listCollections", "listIndexes", "collStats", "dbStats"] }] })',
];
