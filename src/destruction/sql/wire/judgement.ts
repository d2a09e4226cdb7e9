import type { SqlParser } from "../../../postgres/parse-sql.ts";
import type { Destruction } from "../../destruction.ts";

/** Who reads SQL for a session. */
export interface SqlReader {
  readonly parse: SqlParser;
  /** For roles that could drop what others own: a call of a function that is not known is opaque. */
  readonly isAdmin: boolean;
  /**
   * Functions of pg_catalog, in small letters, that nothing of the same name shadows in any schema. Null: not known, and only those are
   * that `built-in-functions.ts` lists.
   */
  readonly knownFunctions: ReadonlySet<string> | null;
}

/** What a text does to the session, that its reader must follow; in the order of the text, and only as far as the server carries it out. */
export type SqlEffect =
  /** `role` null: not known. `isLocal`: to the end of the transaction. */
  | {
      readonly type: "set-role";
      readonly role: string | null;
      readonly kind: RoleKind;
      readonly isLocal: boolean;
    }
  /** SET ROLE NONE, RESET ROLE, SET SESSION AUTHORIZATION DEFAULT: back to what the session began with. */
  | { readonly type: "reset-role"; readonly kind: RoleKind }
  /** SQL's PREPARE: nothing is done yet. `EXECUTE` of the name does what stands here. */
  | {
      readonly type: "prepare";
      readonly name: string;
      readonly destructions: readonly Destruction[];
      readonly effects: readonly SqlEffect[];
    }
  /** `plan`: EXPLAIN of an EXECUTE, which runs nothing but may call functions. */
  | { readonly type: "execute" | "plan"; readonly name: string }
  /** Null: all. */
  | { readonly type: "deallocate"; readonly name: string | null }
  | { readonly type: "begin" }
  /** `isChained`: a transaction begins at once. */
  | { readonly type: "commit" | "rollback"; readonly isChained: boolean }
  | { readonly type: "savepoint" | "rollback-to" | "release"; readonly name: string }
  | {
      readonly type: "prepare-transaction" | "commit-prepared" | "rollback-prepared";
      readonly name: string;
    }
  | { readonly type: "discard-all" }
  /** CALL, and DO whose body ends transactions: what it did before may stand when the rest of it fails; or it undid it itself. */
  | { readonly type: "commit-within" | "rollback-within" }
  /** May change standard_conforming_strings or client_encoding: ParameterStatus tells when it has. */
  | { readonly type: "changes-lexing" };

export type RoleKind = "role" | "session-authorization";

export interface SqlJudgement {
  /** In the order of the text; `at` is 0: they are decided on together. */
  readonly destructions: readonly Destruction[];
  /** How many statements it holds, empty ones left out; of a text in which nothing is suspicious 1, whatever it holds. */
  readonly statements: number;
  readonly effects: readonly SqlEffect[];
  /** Of comments in sqlcommenter's form (`key='value',…`, URL-encoded), the first one of each key; and `custody-ticket=…`. */
  tags(): ReadonlyMap<string, string>;
  /** SHA-256 in hex of the text's tokens with constants taken out. */
  fingerprint(): string;
  /** DROP DATABASE … WITH (FORCE). */
  readonly isForced: boolean;
  /** DROP … IF EXISTS: what is not there is no error. */
  readonly isIfExists: boolean;
}
