import type { StepFact } from "../run/contract.ts";

/** What `custody proxy` tells. */
export type ProxyEvent =
  | StepFact
  | {
      readonly type: "proxy-started";
      /** Where the API listens; null: nowhere. */
      readonly api: string | null;
      readonly ledger: string;
      /** Where sessions are let in. */
      readonly listeners: readonly {
        readonly name: string;
        readonly protocol: string;
        readonly target: string;
        readonly address: string;
      }[];
      readonly targets: readonly {
        readonly name: string;
        readonly kind: string;
        readonly reachable: boolean;
      }[];
    }
  | {
      readonly type: "drop-moved";
      readonly drop_id: string;
      /** Such as `drop.fenced`. */
      readonly event: string;
      readonly target: string;
      readonly resource_type: string;
      readonly provider_resource_id: string;
      readonly caller: string;
      readonly outcome: string | null;
      /** Why it was refused, or what went wrong. */
      readonly reason: string | null;
    }
  | { readonly type: "ledger-verified"; readonly rows: number }
  | { readonly type: "ledger-checkpointed"; readonly size: number; readonly cosignatures: number }
  | { readonly type: "alarm"; readonly what: string; readonly message: string }
  | {
      readonly type: "reloaded";
      /** Those that go by the configuration as it is now. */
      readonly listeners: readonly string[];
      /** What else was changed in it. */
      readonly needs_restart: readonly string[];
    }
  /** Facts that no viewer was shown: it was too far behind. */
  | { readonly type: "facts-lost"; readonly count: number };

/** `checked`: the configuration is valid; `stopped`: it ran until it was told to stop. */
export type ProxyVerdict = "checked" | "stopped" | "not-run";
