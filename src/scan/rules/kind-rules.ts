import type { DestructionKind } from "../../destruction/kinds.ts";
import type { RuleTexts } from "./rule.ts";

/** A rule for every kind of destruction. What holds for all of them is in how-to-mend.ts. */
export const kindRules: RuleTexts<DestructionKind> = {
  database: {
    title: "A database is dropped",
    why: "DROP DATABASE takes everything of a customer at once, and nothing brings it back but a backup that restores. Code that can do it around the chokepoint leaves no record of who asked, and why.",
    mend: [],
    gravity: 9.8,
  },
  role: {
    title: "A role or user is dropped",
    why: "Without its role an application cannot reach its data; what the role owned or was granted is lost to it, and a role of the same name that is made later is another one.",
    mend: [],
    gravity: 8.6,
  },
  owned: {
    title: "Everything that a role owns is dropped",
    why: "DROP OWNED removes tables, schemas and grants of a role, in silence about which. One wrong name, and it is another customer's.",
    mend: [],
    gravity: 9.4,
  },
  schema: {
    title: "A schema is dropped",
    why: "DROP SCHEMA … CASCADE empties a database as surely as dropping it. Who finds DROP DATABASE forbidden tries it next.",
    mend: [],
    gravity: 9.4,
  },
  catalog: {
    title: "A system catalog is changed by hand",
    why: "Rows of pg_database, pg_authid or mysql.user are the objects themselves: to delete them is to drop the objects past every check, event trigger and log.",
    mend: ["Use the statement that is meant for it: DROP, ALTER, GRANT, REVOKE."],
    gravity: 9.1,
  },
  tablespace: {
    title: "A tablespace is dropped",
    why: "What stands on a tablespace goes with its folder, for every database of the cluster.",
    mend: [],
    gravity: 7.5,
  },
  subscription: {
    title: "A subscription is dropped",
    why: "A dropped subscription stops replication for good: what the publisher writes from then on never arrives.",
    mend: [],
    gravity: 6.5,
  },
  slot: {
    title: "A replication slot is dropped",
    why: "The publisher throws away the changes that only the slot kept. Its reader has to be built anew.",
    mend: [],
    gravity: 6.5,
  },
  extension: {
    title: "An extension is dropped",
    why: "Types and functions of an extension go with it, and with CASCADE every column that uses them.",
    mend: [],
    gravity: 6.5,
  },
  table: {
    title: "A table, view or sequence is dropped",
    why: "Its rows go with it, and with CASCADE what refers to it. In migrations that is daily work; at run time it is not.",
    mend: ["In a migration: ignore the folder (scan.ignore), or give the kind a milder severity."],
    gravity: 7.5,
  },
  column: {
    title: "A column is dropped",
    why: "The values of every row go with it, and the application of yesterday cannot be rolled back to.",
    mend: ["Deploy the code that no longer reads it first, drop it in a later migration."],
    gravity: 6.1,
  },
  type: {
    title: "A type is dropped",
    why: "With CASCADE every column of the type goes with it.",
    mend: ["Leave CASCADE out: then nothing is lost that is still used."],
    gravity: 6.1,
  },
  truncate: {
    title: "A table is emptied",
    why: "TRUNCATE takes all rows at once, past row triggers and row-level security, and with CASCADE those of other tables.",
    mend: ["Delete the rows that are meant, by their key."],
    gravity: 7.5,
  },
  "unbounded-delete": {
    title: "All rows are deleted",
    why: "A DELETE without a condition, or with one that always holds, is a TRUNCATE that takes longer.",
    mend: ["Say which rows: WHERE tenant_id = $1."],
    gravity: 7.5,
  },
  functional: {
    title: "A role or database is made useless",
    why: "NOLOGIN, a password of NULL, a validity in the past, a connection limit of 0 and a rename shut a customer out as a drop does, though the data is still there.",
    mend: [],
    gravity: 6.5,
  },
  disarming: {
    title: "A guard of the server is turned off",
    why: "With session_replication_role, event_triggers or log_statement changed, what follows is neither stopped nor recorded.",
    mend: ["Leave the setting alone; grant what is needed instead."],
    gravity: 8.2,
  },
  opaque: {
    title: "What is run cannot be known",
    why: "A statement that is put together on the server, a program, or a script in another language may be any destruction at all.",
    mend: ["Write the statement out, with its values as parameters."],
    gravity: 5.5,
  },
  "acl-user": {
    title: "A user of Redis is deleted or reset",
    why: "ACL DELUSER cuts the application's connections at once, and ACL SETUSER … reset takes its password and its keys away.",
    mend: [],
    gravity: 8.6,
  },
  flush: {
    title: "A Redis is emptied",
    why: "FLUSHALL takes the keys of every database on the server, of every customer on it; so do FLUSHDB and SWAPDB for one, and REPLICAOF of an empty server.",
    mend: ["Delete the keys that are meant, by name."],
    gravity: 9.1,
  },
  keys: {
    title: "Keys are deleted by pattern",
    why: "One wrong prefix, and the keys are another customer's.",
    mend: ["Keep the keys of a customer in a set, and delete those."],
    gravity: 6.5,
  },
  "mongo-database": {
    title: "A MongoDB database is dropped",
    why: "The command dropDatabase takes every collection and index at once, with no question and no WHERE.",
    mend: [],
    gravity: 9.8,
  },
  "mongo-user": {
    title: "A MongoDB user or role is dropped",
    why: "Without its user an application cannot reach its data.",
    mend: [],
    gravity: 8.6,
  },
  collection: {
    title: "A MongoDB collection is dropped",
    why: "Its documents and indexes go with it.",
    mend: [],
    gravity: 7.5,
  },
  stream: {
    title: "A stream or queue is deleted or purged",
    why: "Messages that nobody has read yet are lost, and consumers with their places in the stream go with it.",
    mend: [],
    gravity: 8.2,
  },
  server: {
    title: "A program or setting removes a database, volume or server",
    why: "What dropdb, prisma migrate reset, dropSchema: true, kubectl delete namespace, docker compose down -v and terraform destroy remove goes whole, by no statement of the program that a guard of its own would see.",
    mend: [
      "If the data is to stay, use the form that keeps it: prisma migrate deploy, migrations instead of dropSchema, docker compose down without -v.",
    ],
    gravity: 9.4,
  },
};
