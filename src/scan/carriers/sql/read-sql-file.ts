import type { Carrier } from "../carrier.ts";
import { collectSites } from "../collect-sites.ts";
import { verbatim } from "../mapped-text.ts";

/** A file of SQL, of a migration's way down too: it is there to be run. */
export const readSqlFile: Carrier = (source, _path, ports) => {
  const sites = collectSites(source, ports, { marks: "sql" });
  sites.sql(verbatim(source, 0));
  return sites.result();
};
