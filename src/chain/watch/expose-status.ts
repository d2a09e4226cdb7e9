import { renderFamilies, seriesName } from "../../run/exposition.ts";
import type { Family } from "../../run/exposition.ts";
import { judgeHealth } from "./judge-health.ts";
import { watchOutcomes } from "./status.ts";
import type { WatchStatus } from "./status.ts";

/** The Prometheus text of a status: every series is there from the start. Times are in seconds, NaN before the first. */
export function exposeStatus(status: WatchStatus, nowMs: number, prefix: string): string {
  const family = (
    name: string,
    type: "gauge" | "counter",
    help: string,
    samples: readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[],
  ): Family => ({
    name: `${prefix}_${name}`,
    help,
    type,
    samples: samples.map(([labels, value]) => ({ series: seriesName(`${prefix}_${name}`, labels), value })),
  });
  const gauge = (name: string, help: string, value: number): Family =>
    family(name, "gauge", help, [[{}, value]]);
  const counter = (name: string, help: string, value: number): Family =>
    family(name, "counter", help, [[{}, value]]);
  return renderFamilies([
    family(
      "chain_verify_total",
      "counter",
      "Verifications of the audit chain, by verdict",
      watchOutcomes.map((outcome) => [{ outcome }, status.verifications[outcome]]),
    ),
    counter(
      "chain_break_detected_total",
      "Findings in the audit chain, each once while it stays",
      status.findingsSeen,
    ),
    gauge("chain_findings", "Findings in the audit chain that stand now", status.findingsNow),
    gauge("chain_rows", "Rows of the audit chain", status.rows),
    gauge(
      "chain_last_verified_timestamp_seconds",
      "When the audit chain was last verified without findings",
      seconds(status.verifiedAt),
    ),
    gauge(
      "chain_all_read_timestamp_seconds",
      "Every row that was there at this time has been hashed again since",
      seconds(status.allReadSince),
    ),
    gauge("chain_watch_up", "Whether the watch has a connection to the database", status.isConnected ? 1 : 0),
    gauge("chain_watch_healthy", "Whether /healthz answers 200", judgeHealth(status, nowMs).isGood ? 1 : 0),
    gauge(
      "chain_watch_lag_seconds",
      "How long ago the last check was made",
      status.checkedAt === null ? NaN : Math.max(nowMs - status.checkedAt, 0) / 1000,
    ),
    gauge("chain_watch_check_seconds", "How long the last check took", status.checkMs / 1000),
    counter("chain_watch_reconnects_total", "Connections that were made again", status.reconnects),
  ]);
}

function seconds(ms: number | null): number {
  return ms === null ? NaN : ms / 1000;
}
