import type { ListenAddress } from "../listen-address.ts";

export interface WitnessInput {
  readonly listen: ListenAddress;
  /** The file of the witness's key. */
  readonly key: string;
  readonly stateDir: string;
  /** It has never cosigned anything, and makes its records. */
  readonly begin: boolean;
  /** Vkeys and files of keys of the logs that are trusted. */
  readonly logs: readonly string[];
  /** A policy file whose `log` lines are trusted, too. */
  readonly policy: string | null;
}
