import type { CarrierResult } from "../../src/scan/carriers/carrier.ts";

/** Sites as a person would tell them: `3 role DROP ROLE a,b in clean (stored low)`; executed and high are left out. */
export function tellSites(source: string, { sites }: CarrierResult): string[] {
  return sites.map((site) => {
    const line = source.slice(0, site.at).split("\n").length;
    const where = site.function === undefined ? "" : ` in ${site.function}`;
    const context = site.context === "executed" ? "" : ` (${site.context} ${site.confidence})`;
    return `${line} ${site.kind} ${site.what} ${site.names.join(",")}`.trimEnd() + where + context;
  });
}
