import type { ConnectionSettings, Environment } from "../../../postgres/settings.ts";
import type { TargetPolicy } from "../../target-policy.ts";

/** What every step of this backend knows of its target and its machine. */
export interface Context {
  readonly policy: TargetPolicy;
  readonly env: Environment;
  /** Of pg_dump, pg_restore and readers. */
  readonly jobs: number;
  readonly pgBin: string | undefined;
  readonly tmpDir: string | undefined;
  /** Whether tombstones are restored as a superuser. */
  readonly asSuperuser: boolean;
  /** Of the policy's URL. Throws `bad-usage`. */
  settings(): Promise<ConnectionSettings>;
}
