import type { Reporter } from "./reporter.ts";

/** An envelope a line as facts arrive; the document, which alone has a `verdict`, is the last line. */
export function createJsonLines(): Reporter {
  return {
    event: (envelope) => `${JSON.stringify(envelope)}\n`,
    ended: (report) => `${JSON.stringify(report.document)}\n`,
  };
}
