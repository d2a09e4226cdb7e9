import type { Envelope, Fact, FinishedReport, SummaryLine } from "../run/contract.ts";

/** How text for people is to look; decided once, at the process edge. */
export interface Style {
  readonly color: boolean;
  /** False: what is beyond ASCII is written otherwise. */
  readonly unicode: boolean;
}

export interface ReporterOptions {
  readonly style: Style;
  /** The result alone. */
  readonly quiet: boolean;
  /** What the names of metrics start with. */
  readonly metricsPrefix: string;
  /** The text that the same reporter wrote at this place in an earlier run: counters count on, gauges last. */
  readonly previous?: string;
  /** The feature's own line for one of its events. */
  readonly describe?: (event: Fact) => SummaryLine | undefined;
  /** Whether an event is told in the log: people are not told a second time. */
  readonly isLogged?: (event: Fact) => boolean;
}

/** Facts and a report in, text out. Holds what it needs of earlier facts; touches nothing. */
export interface Reporter {
  /** The text that a fact adds at once; `""` for none. */
  event(envelope: Envelope): string;
  /** The text that ends the run. */
  ended(report: FinishedReport): string;
}
