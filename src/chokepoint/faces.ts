import type { ConfigFile } from "../config/schema.ts";
import type { DestructionKind } from "../destruction/kinds.ts";
import type { OpsError } from "../errors.ts";
import type { LogLevel } from "../run/shell.ts";
import type { Chokepoint } from "./api.ts";
import type { DropFact, LedgerCounts } from "./ports.ts";
import type { ReconcileFact } from "./reconcile/facts.ts";
import type { TargetPolicy } from "./target-policy.ts";

/**
 * How what runs shows itself: HTTP, metrics and log lines. A feature may not import the shells that make them, so the edge (the list of
 * commands in `cli.ts`) hands them in: `command = proxyCommand(faces)`.
 */
export interface Faces {
  /** Judges the section `http` without listening; never throws. */
  checkApi(http: HttpSection, targets: readonly string[]): Promise<CheckedApi>;
  /** Every series of the configuration stands at zero when this returns. */
  openMetrics(options: MetricsOptions): Promise<DropMetrics>;
  /** One JSON object a line, written before this returns to whoever tells. */
  openDropLog(options: {
    readonly level: LogLevel;
    readonly write: (text: string) => void;
  }): Promise<FactSink>;
  /** Listens when this resolves. Throws the first problem of `checkApi`, and `bad-config` for an address that cannot be had. */
  serveApi(options: ApiOptions): Promise<ApiServer>;
}

export type HttpSection = NonNullable<ConfigFile["http"]>;

export interface CheckedApi {
  /**
   * `bad-config` each: others than this machine could ask without saying who they are, a token is limited to a target that is not
   * there, TLS or the socket could not be had.
   */
  readonly problems: readonly OpsError[];
  /** What is left open, one warning each, for people. */
  readonly open: readonly string[];
}

/** For `ChokepointPorts.tell`: never throws, never waits. */
export interface FactSink {
  tell(fact: DropFact): void;
}

export interface MetricsOptions {
  /** `metrics.prefix`. */
  readonly prefix: string;
  readonly targets: readonly TargetPolicy[];
  /** The protocols of the listeners. */
  readonly protocols: readonly ("postgres" | "redis" | "mongo" | "nats")[];
  /** The names of the listeners: without one nobody can log in through custody, and nobody need be denied. */
  readonly listeners: readonly string[];
  /** Asked at every scrape; what fails is shown as a ledger that is down. */
  readonly count: () => Promise<LedgerCounts>;
  /** As `Breakers.state`. */
  readonly circuit: (target: string) => 0 | 1 | 2;
  /** As `countDeniedRoles` counts them: 0 means that a gate is open. */
  readonly deniedRoles: number;
  /** The documents of other runs (smoke, chain) lie below it. */
  readonly stateDir: string;
}

/** Why somebody was not let in; `limit`: too many were in already. */
export const connectionRefusals = [
  "address",
  "certificate",
  "replication",
  "database",
  "role",
  "unknown",
  "limit",
] as const;
export type ConnectionRefusal = (typeof connectionRefusals)[number];

/** `tell` counts what this instance decided and timed. */
export interface DropMetrics extends FactSink {
  /** What a round found. */
  reconciled(fact: ReconcileFact): void;
  /** A drop stands still: its row says more than the chain. */
  contradicted(): void;
  recognised(
    protocol: MetricsOptions["protocols"][number],
    kind: DestructionKind,
    action: "pass" | "audit" | "hold" | "deny" | "soft",
  ): void;
  /** A gate said no. */
  connectionRefused(listener: string, reason: ConnectionRefusal): void;
  /** As `countDeniedRoles` counts them: the gates were read anew. */
  gatesDeny(roles: number): void;
  /** How many sessions a listener has now. */
  sessions(listener: string, open: number): void;
  /** The ledger was verified; `rows` is null where they were not counted. */
  chainVerified(facts: { readonly isSound: boolean; readonly rows: number | null; readonly at: Date }): void;
  /** The text format of Prometheus. */
  expose(): Promise<string>;
}

export interface ApiOptions {
  readonly chokepoint: Chokepoint;
  readonly http: HttpSection;
  readonly targets: readonly TargetPolicy[];
  readonly metrics: Pick<DropMetrics, "expose">;
  /** For people: what is open, requests that broke the server. */
  readonly warn: (message: string) => void;
  /** Aborted: nothing new is taken, streams end, what is being answered is. */
  readonly signal: AbortSignal;
}

export interface ApiServer extends AsyncDisposable {
  /** `http://127.0.0.1:7440`, `https://…` or `unix:/path`: what `custody drop --api` takes. */
  readonly address: string;
  /**
   * Who may ask from now on, and the certificate of handshakes to come, by a section that `checkApi` found right for this address. Where other
   * people may ask than before, streams of events end, so that who follows them says again who they are.
   */
  replace(http: HttpSection): void;
}
