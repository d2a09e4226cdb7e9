import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { OpsError } from "../errors.ts";
import { reporters } from "../reporters/registry.ts";
import type { ReporterOptions } from "../reporters/reporter.ts";
import { openAtomicFile } from "../run/atomic-file.ts";
import type { Observer } from "../run/execute.ts";
import type { Globals } from "../run/shell.ts";

/** The files of `--report`, as one observer. */
export interface ReportFiles extends Observer, Disposable {
  /** What could not be written; the others were. */
  failures(): readonly OpsError[];
}

/** Opens every file before the run, so that a path that cannot be is an error that costs nothing. */
export function openReportFiles(globals: Globals, cwd: string, options: ReporterOptions): ReportFiles {
  using opened = new DisposableStack();
  const failures: OpsError[] = [];
  const paths = new Set<string>();
  const files = globals.reports.map(({ format, path }) => {
    const absolute = resolve(cwd, path);
    if (paths.has(absolute)) {
      throw new OpsError(
        "bad-usage",
        `two reports want the file ${path}`,
        "give each --report a file of its own",
      );
    }
    paths.add(absolute);
    const previous = format === "prometheus" ? readPrevious(absolute) : {};
    const reporter = reporters[format]({ ...options, ...previous, style: { color: false, unicode: true } });
    return { reporter, file: opened.use(openAtomicFile(absolute)), isBroken: false };
  });
  /** An observer never throws: what fails is kept for the end, and that file is given up. */
  const attempt = (each: (typeof files)[number], write: () => void): void => {
    if (each.isBroken) return;
    try {
      write();
    } catch (error) {
      if (!(error instanceof OpsError)) throw error;
      each.isBroken = true;
      failures.push(error);
    }
  };
  const owned = opened.move();
  return {
    event: (envelope) => {
      for (const each of files) {
        const text = each.reporter.event(envelope);
        if (text !== "") attempt(each, () => each.file.append(text));
      }
    },
    ended: (report) => {
      for (const each of files) {
        attempt(each, () => {
          each.file.append(each.reporter.ended(report));
          each.file.commit();
        });
      }
    },
    failures: () => failures,
    [Symbol.dispose]: () => owned.dispose(),
  };
}

function readPrevious(path: string): Pick<ReporterOptions, "previous"> {
  try {
    return { previous: readFileSync(path, "utf8") };
  } catch {
    // The first run: there is nothing to count on from. What cannot be written either is said when it is opened.
    return {};
  }
}
