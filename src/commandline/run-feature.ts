import { loadConfig } from "../config/load.ts";
import { exitCodes, OpsError } from "../errors.ts";
import type { ExitCode } from "../errors.ts";
import { createLiveView } from "../reporters/live-view.ts";
import { reporters } from "../reporters/registry.ts";
import type { ReporterOptions } from "../reporters/reporter.ts";
import type { Fact, Feature, FinishedReport } from "../run/contract.ts";
import { execute } from "../run/execute.ts";
import type { Observer } from "../run/execute.ts";
import { boundedObserver } from "../run/observe.ts";
import type { Globals, LogLevel, ProcessEdge } from "../run/shell.ts";
import { createLog } from "./log.ts";
import { startPainter } from "./painter.ts";
import type { Painter } from "./painter.ts";
import { printError } from "./print-error.ts";
import { openReportFiles } from "./report-files.ts";
import { saveRun } from "./save-run.ts";
import { showBug } from "../run/show-bug.ts";
import { version } from "../run/version.ts";

/** See `Shell.run`. */
export async function runFeature<Input, Ports, Event extends Fact, Verdict extends string, State>(
  feature: Feature<Input, Ports, Event, Verdict, State>,
  input: Input,
  ports: Ports,
  edge: ProcessEdge,
  globals: Globals,
): Promise<ExitCode> {
  const config = await loadConfig({ path: globals.config, cwd: edge.cwd, env: edge.env });
  const options: ReporterOptions = {
    style: { color: globals.color, unicode: globals.unicode },
    quiet: globals.quiet,
    metricsPrefix: config.metrics.prefix,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the reporters see this feature's events alone
    describe: (event) => feature.describe?.(event as Event),
  };
  using files = openReportFiles(globals, edge.cwd, options);
  const report = await watched(edge, globals, options, feature, (observers) =>
    execute(feature, input, ports, {
      version,
      signal: edge.signal,
      observers: [...observers, files],
      onBug: (error) => edge.stderr.write(`${showBug(error)}\n`),
    }),
  );
  if (report.error !== null) printError(report.error, edge);
  saveOrWarn(report, config.stateDir, edge);
  for (const failure of files.failures())
    printError({ code: failure.code, message: failure.message, hint: failure.hint }, edge);
  const isGood = report.exitCode === exitCodes.good && files.failures().length === 0;
  return isGood || report.exitCode !== exitCodes.good ? report.exitCode : exitCodes.couldNotRun;
}

/** Runs `work` with the viewers that stand at the terminal, and takes them down whatever happens. */
async function watched<Event extends Fact>(
  edge: ProcessEdge,
  globals: Globals,
  options: ReporterOptions,
  feature: Pick<Feature<never, never, Event, string, never>, "isLasting" | "severity" | "live">,
  work: (observers: readonly Observer[]) => Promise<FinishedReport>,
): Promise<FinishedReport> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the log and the reporters see this feature's events alone
  const severity = (event: Fact) => feature.severity?.(event as Event);
  const view = createLiveView(options.style);
  const canRepaint = edge.stdout.isTTY && edge.env["TERM"] !== "dumb";
  const isLive = globals.output === "human" && canRepaint && !globals.quiet;
  const logged = isLive ? undefined : severity;
  // A terminal gets what is grave in words alone.
  const reporter = reporters[globals.output]({
    ...options,
    isLogged: (event) => isGrave(logged?.(event), globals.logLevel),
  });
  using painter: Painter = isLive
    ? startPainter(view, edge.stdout)
    : { above: (write) => write(), [Symbol.dispose]: () => undefined };
  const print = (text: string): void => {
    if (text !== "") painter.above(() => edge.stdout.write(text));
  };
  const log = await createLog(
    globals.logLevel,
    (text) => painter.above(() => edge.stderr.write(text)),
    feature.severity === undefined ? undefined : logged,
  );
  const screen: Observer = {
    event: (envelope) => {
      view.event(envelope);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- this feature's events alone
      const live = feature.live?.(envelope.event as Event);
      if (live !== undefined) view.say(live, Date.parse(envelope.at));
      print(reporter.event(envelope));
    },
    ended: (report) => print(reporter.ended(report)),
  };
  if (feature.isLasting !== true) return await work([log, screen]);
  const capacity = 1000;
  return await work([
    boundedObserver(log, { capacity, taken: async () => edge.stderr.flush?.() }),
    boundedObserver(screen, { capacity, taken: async () => edge.stdout.flush?.() }),
  ]);
}

/** Whether an event of this severity is a line of the log, other than by being asked for with everything else. */
function isGrave(severity: string | undefined, level: LogLevel): boolean {
  if (severity === "error") return level !== "silent";
  return severity === "warn" && level !== "silent" && level !== "error";
}

/** A run that could not be remembered is still a run. */
function saveOrWarn(report: FinishedReport, stateDir: string, edge: ProcessEdge): void {
  try {
    saveRun(report, stateDir);
  } catch (error) {
    const why =
      error instanceof OpsError ? error.message : `cannot write to ${stateDir}: ${stackless(error)}`;
    edge.stderr.write(`custody: warning: this run is not kept in the state folder: ${why}\n`);
  }
}

function stackless(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
