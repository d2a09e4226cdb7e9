import type { FinishedReport, Metric } from "../run/contract.ts";
import { parseFamilies, renderFamilies, seriesName } from "../run/exposition.ts";
import type { Family, Sample } from "../run/exposition.ts";
import type { Reporter, ReporterOptions } from "./reporter.ts";

/**
 * The text format for node_exporter's textfile collector. A process that ends keeps no counters, so the file does:
 * counters go on from the text that was there before, and gauges that this run says nothing of (when the last good
 * run was) stay as they were.
 */
export function createPrometheus(options: ReporterOptions): Reporter {
  return { event: () => "", ended: (report) => renderFamilies(merge(report, options)) };
}

function merge(report: FinishedReport, { metricsPrefix, previous = "" }: ReporterOptions): readonly Family[] {
  const before = parseFamilies(previous);
  const named = report.metrics.map((metric) => ({ ...metric, name: `${metricsPrefix}_${metric.name}` }));
  const now = [...Map.groupBy(named, (metric) => metric.name)].flatMap(([name, metrics]) =>
    metrics[0] === undefined
      ? []
      : [
          family(
            name,
            metrics[0],
            metrics,
            before.find((each) => each.name === name),
          ),
        ],
  );
  const untouched = before.filter((each) => now.every(({ name }) => name !== each.name));
  return [...now, ...untouched];
}

function family(name: string, first: Metric, metrics: readonly Metric[], before: Family | undefined): Family {
  const old = new Map(
    (before?.type === first.type ? before.samples : []).map(({ series, value }) => [series, value]),
  );
  const samples = metrics.map((metric): Sample => {
    const series = seriesName(name, metric.labels);
    const carried = metric.type === "counter" ? (old.get(series) ?? 0) : 0;
    return { series, value: metric.value + (Number.isFinite(carried) ? carried : 0) };
  });
  return { name, help: first.help, type: first.type, samples };
}
