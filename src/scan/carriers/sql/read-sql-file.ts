import type { Carrier } from "../carrier.ts";
import { collectSites } from "../collect-sites.ts";
import { verbatim } from "../mapped-text.ts";
import { maskTemplates } from "../mask-templates.ts";

/** A file of SQL, of a migration's way down too: it is there to be run. */
export const readSqlFile: Carrier = (source, _path, ports) => {
  const sites = collectSites(source, ports, { marks: "sql" });
  // Jinja steers by lines that are no SQL.
  sites.sql(verbatim(source.includes("{%") ? maskTemplates(source) : source, 0));
  return sites.result();
};
