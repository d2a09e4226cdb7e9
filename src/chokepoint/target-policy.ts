import type { DestructionKind } from "../destruction/kinds.ts";
import type { Part, TargetKind } from "./resource.ts";

/** What the configuration says of one target, defaults filled in. Durations in milliseconds. */
export interface TargetPolicy {
  readonly name: string;
  readonly kind: TargetKind;
  readonly placement: "shared" | "dedicated";
  /** Holds secrets: never shown. */
  readonly url: string;
  readonly names: {
    /** Part → pattern that a final name must match. */
    readonly patterns: Readonly<Partial<Record<Part, string>>>;
    /** Beside the backend's own. */
    readonly reserved: readonly string[];
    /** Part → template with `{token}`. */
    readonly fromToken: Readonly<Partial<Record<Part, string>>>;
  };
  readonly intent: {
    /** Whether `resource_status` and `not_after` must be there; off is warned of at start. */
    readonly isRequired: boolean;
    /** A longer time until `not_after` is refused; null: any. */
    readonly longestMs: number | null;
  };
  /** Null: off, and warned of at start. */
  readonly terminality: {
    readonly url: string;
    readonly query: string;
    readonly terminal: readonly string[];
    readonly timeoutMs: number;
  } | null;
  readonly tombstone: {
    readonly mode: "required" | "soft" | "off";
    /** How long the fence stays. */
    readonly retentionMs: number;
    /** How long the tombstone stays, from the drop on; at least as long as the fence. */
    readonly keepMs: number;
    readonly dir: string;
    readonly recipients: readonly string[];
    /** age identities (`AGE-SECRET-KEY-…`), for an undo from an encrypted tombstone. Secret. */
    readonly identities: readonly string[];
    /** Restores run as a superuser: the throwaway server's, and the target's own in an undo. */
    readonly asSuperuser: boolean;
  };
  readonly approval: {
    readonly default: "allow" | "hold" | "deny";
    readonly hold: readonly DestructionKind[];
    readonly deny: readonly DestructionKind[];
    readonly approvers: number;
    readonly expiresMs: number;
  };
  readonly breaker: {
    readonly failures: number;
    readonly cooldownMs: number;
    readonly volume: { readonly drops: number; readonly perMs: number };
  };
  /** Only of kind `command`. */
  readonly command: CommandPolicy | null;
}

/** Programs that are run without a shell; `{name}`, `{token}`, `{drop_id}`, `{folder}` in an argument are replaced. */
export interface CommandPolicy {
  /** Exits with 0 and prints one line, the server's identity; with 3 where there is no such server. */
  readonly inspect: readonly string[];
  readonly destroy: readonly string[];
  /** Writes the dump below `{folder}`; null: no tombstone, which the policy must say. */
  readonly dump: readonly string[] | null;
  /** Exits with 0 where the dump in `{folder}` restores. */
  readonly prove: readonly string[] | null;
  readonly restore: readonly string[] | null;
  readonly deadlineMs: number;
}
