export interface BundleInput {
  readonly dbUrl: string;
  /** Null: the one schema that holds a chain. */
  readonly schema: string | null;
  /** A built-in profile, or the path of a profile file; null: by the columns of the table. */
  readonly profile: string | null;
  /** At least one. */
  readonly checkpoints: readonly string[];
  /** The folder that is made. */
  readonly out: string;
  /** The file of the key that signs the report; null: nobody signs it. */
  readonly key: string | null;
  readonly publicKeys: readonly string[];
  readonly policy: string | null;
  /** Ids of events that are to be proved one by one. */
  readonly events: readonly string[];
}
