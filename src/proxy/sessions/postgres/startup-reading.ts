import type { Destruction } from "../../../destruction/destruction.ts";

/** What the parameters of a start-up would do beside logging in: `-c session_replication_role=replica`, `-c role=dba`. */
export interface StartupReading {
  readonly destructions: readonly Destruction[];
  readonly roles: readonly string[];
}
