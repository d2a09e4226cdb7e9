import versionOne from "./version-1.json" with { type: "json" };

/** What guards the chain: the name of each thing, and what is to be true of it. */
export interface Guards {
  /** By identity: `audit_events_link()`. `source` is the SHA-256 of the body, `:schema` standing for the schema's name. */
  readonly functions: Readonly<
    Record<
      string,
      {
        readonly language: string;
        readonly result: string;
        /** Of its arguments, as SQL; null where none has one. */
        readonly defaults: string | null;
        readonly runsAsOwner: boolean;
        /** Whether it gives NULL for a NULL argument without being run. */
        readonly isStrict: boolean;
        readonly volatility: string;
        readonly settings: readonly string[];
        readonly source: string;
        /** Whether everybody may call it. */
        readonly isPublic: boolean;
      }
    >
  >;
  /** By `table.trigger`: the definition, with `:schema`. */
  readonly triggers: Readonly<Record<string, string>>;
  /** Primary keys, unique and check constraints by `table.constraint`, and unique indexes that are none by their names. */
  readonly constraints: Readonly<Record<string, string>>;
  /** By `table.column`: type, NOT NULL, default. */
  readonly columns: Readonly<Record<string, string>>;
}

/** What each version of the chain installs; written from a real server by test/audit/guards.test.ts, the same on 14 to 18. */
export const installedGuards: Readonly<Record<number, Guards>> = { 1: versionOne };
