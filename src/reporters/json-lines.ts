import { escapeUnprintableJson } from "../run/unprintable.ts";
import type { Reporter } from "./reporter.ts";

/** An envelope a line as facts arrive; the document, which alone has a `verdict`, is the last line. */
export function createJsonLines(): Reporter {
  return {
    event: (envelope) => `${escapeUnprintableJson(JSON.stringify(envelope))}\n`,
    ended: (report) => `${escapeUnprintableJson(JSON.stringify(report.document))}\n`,
  };
}
