import type { Way } from "./ways.ts";

/** SQL that closes something. */
export interface Statement {
  /** The database to be in; null: any, it is the whole server's. */
  readonly database: string | null;
  /** Without the semicolon at its end. */
  readonly sql: string;
  /** Cannot stand in a transaction (ALTER SYSTEM). */
  readonly isAlone?: true;
}

/** One thing that is open. */
export interface Finding {
  readonly way: Way;
  /** For people: `role usr_1`, `database db_1`, `function public.tidy()`. */
  readonly object: string;
  /** Where it was found; null: on the whole server. */
  readonly database: string | null;
  /** What somebody can do because of it. */
  readonly reason: string;
  /** What closes it; empty where no SQL does. */
  readonly statements: readonly Statement[];
  /** What to do where no SQL closes it; null where it does. */
  readonly advice: string | null;
}
