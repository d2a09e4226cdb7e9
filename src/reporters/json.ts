import { escapeUnprintableJson } from "../run/unprintable.ts";
import type { Reporter } from "./reporter.ts";

/** One document, at the end. */
export function createJson(): Reporter {
  return {
    event: () => "",
    ended: (report) => `${escapeUnprintableJson(JSON.stringify(report.document, null, 2))}\n`,
  };
}
