/**
 * The ways round a proxy that a server leaves open, in the order in which they are closed: what is owned comes before what is granted,
 * and the settings that could turn the last guard off come after the guard.
 */
export const ways = {
  superuser: "superusers: nothing that a server refuses holds one",
  attribute: "attributes of roles that create, drop or copy what belongs to others",
  membership: "memberships in roles that can destroy",
  "admin-option": "memberships that may be handed on (WITH ADMIN OPTION)",
  "database-owner": "databases that their tenants own: an owner may drop, rename or lock them",
  "database-connect": "databases that every role of the server may connect to",
  "database-create": "databases in which roles may create schemas and extensions",
  tablespace: "tablespaces that roles own",
  "schema-owner": "schemas that their tenants own: an owner may drop them with all that others put there",
  "schema-create": "schemas in which every role may create: what stands there is run by whoever calls it",
  "server-function": "functions that read and write the server's files",
  "extension-function": "extensions that run SQL or programs elsewhere, unseen by a proxy",
  "untrusted-function": "functions in languages that run as the server's own system user",
  "definer-function":
    "functions that run with the rights of somebody powerful, and destroy or run what they are given",
  "foreign-server": "foreign servers and tables that write into other databases",
  guard: "an event trigger in every database, against what ownership cannot refuse",
  "role-setting": "settings of roles and databases that turn guards off at login",
  parameter: "rights to change the server's settings",
  "server-setting": "settings of the server that turn guards off for everybody",
  "hba-network": "logins of powerful roles over the network, round the proxy",
  "hba-trust": "logins without any proof of who it is",
  unread: "what could not be looked at",
} as const;

export type Way = keyof typeof ways;

export const wayNames = Object.keys(ways).filter((name): name is Way => name in ways);
