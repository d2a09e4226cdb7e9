/** What an examination reads. Names are as the catalog has them; a grantee of null is PUBLIC. */

export interface RoleFacts {
  readonly name: string;
  /** The role that initdb made: it cannot be anything but a superuser. */
  readonly isBootstrap: boolean;
  readonly isSuperuser: boolean;
  readonly canCreateDatabases: boolean;
  readonly canCreateRoles: boolean;
  readonly canReplicate: boolean;
  readonly canLogin: boolean;
}

export interface MembershipFacts {
  /** The role that was granted. */
  readonly role: string;
  readonly member: string;
  readonly grantor: string;
  readonly mayHandOn: boolean;
}

export interface Grant {
  readonly grantee: string | null;
  readonly privilege: string;
}

export interface DatabaseFacts {
  readonly name: string;
  readonly owner: string;
  readonly takesConnections: boolean;
  readonly isTemplate: boolean;
  readonly grants: readonly Grant[];
  /** Roles that own something in it or were given something in it. */
  readonly workers: readonly string[];
}

export interface OwnedThing {
  readonly name: string;
  readonly owner: string;
}

export interface ParameterGrant extends Grant {
  readonly parameter: string;
}

/** `ALTER ROLE … SET`, `ALTER DATABASE … SET`. */
export interface KeptSetting {
  readonly role: string | null;
  readonly database: string | null;
  readonly parameter: string;
  readonly value: string;
}

export interface ServerSetting {
  readonly name: string;
  readonly value: string;
  readonly isFixedAtStart: boolean;
}

/** A line of pg_hba.conf as the server read it. */
export interface HbaRule {
  readonly line: number;
  readonly type: string;
  readonly databases: readonly string[];
  readonly roles: readonly string[];
  readonly method: string;
  readonly options: readonly string[];
  /** It is for every address. */
  readonly isAnyAddress: boolean;
  readonly error: string | null;
}

export interface ServerFacts {
  /** Without secrets. */
  readonly address: string;
  readonly major: number;
  readonly version: string;
  /** Who asks. */
  readonly role: string;
  readonly isSuperuser: boolean;
  readonly roles: readonly RoleFacts[];
  readonly memberships: readonly MembershipFacts[];
  readonly databases: readonly DatabaseFacts[];
  readonly tablespaces: readonly OwnedThing[];
  readonly parameterGrants: readonly ParameterGrant[];
  readonly keptSettings: readonly KeptSetting[];
  readonly settings: readonly ServerSetting[];
  /** Null where this role may not read it. */
  readonly hba: { readonly file: string; readonly rules: readonly HbaRule[] } | null;
  readonly listenAddresses: string;
}

export interface SchemaFacts extends OwnedThing {
  readonly grants: readonly Grant[];
  /** Roles that own tables, functions or types in it. */
  readonly workers: readonly string[];
}

export interface FunctionFacts extends OwnedThing {
  /** `"schema"."name"(arguments)`, quoted as SQL. */
  readonly signature: string;
  readonly isInCatalog: boolean;
  /** The extension that brought it; null: none. */
  readonly extension: string | null;
  readonly language: string;
  readonly isTrusted: boolean;
  readonly isDefiner: boolean;
  /** The body, where it runs with its owner's rights and stands in text. */
  readonly source: string;
  /** Who may call it. */
  readonly callers: readonly (string | null)[];
}

export interface ForeignFacts extends OwnedThing {
  readonly kind: "wrapper" | "server" | "table";
  /** `"schema"."name"`, quoted as SQL. */
  readonly reference: string;
  readonly grants: readonly Grant[];
}

export interface EventTriggerFacts extends OwnedThing {
  readonly event: string;
  /** O: on, A: always, R: on replicas, D: off. */
  readonly enabled: string;
  readonly tags: readonly string[];
  readonly functionOwner: string;
  readonly source: string;
}

/** What stands in one database. */
export interface InsideFacts {
  readonly database: string;
  readonly schemas: readonly SchemaFacts[];
  readonly functions: readonly FunctionFacts[];
  readonly foreign: readonly ForeignFacts[];
  readonly eventTriggers: readonly EventTriggerFacts[];
}
