import type { Judged } from "./events.ts";
import type { WitnessInput } from "./input.ts";
import type { Recorded } from "./judge-submission.ts";

export interface WitnessPorts {
  /** Locks and opens the state, and starts to serve. Throws `state-in-use`, `bad-input`, `file-unwritable`. */
  start(input: WitnessInput): Promise<RunningWitness>;
}

/** Disposing answers the requests that were begun, and takes no more. */
export interface RunningWitness extends AsyncDisposable {
  readonly url: string;
  readonly vkey: string;
  readonly logs: readonly string[];
  readonly origins: number;
  /** Every request, until disposed or aborted. What nobody reads in time is dropped, and counted. */
  requests(signal: AbortSignal): AsyncGenerator<Judged, void>;
  readonly dropped: number;
}

/** What a witness must never forget: for each origin the last checkpoint that it cosigned. */
export interface WitnessRecords {
  /** Null: nothing of this origin was ever cosigned. Throws `unreadable-checkpoint` for a record that cannot be trusted. */
  read(origin: string): Promise<Recorded | null>;
  /** Resolves when the cosigned checkpoint would survive a loss of power. */
  write(origin: string, note: string): Promise<void>;
  /** The cosigned checkpoint of the origin whose SHA-256 this is in hex; null when there is none. */
  publish(originSha256: string): Promise<string | null>;
}
