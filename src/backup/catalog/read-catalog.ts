import { explainServerError } from "../../postgres/connect.ts";
import type { Session } from "../../postgres/connect.ts";
import type { CatalogObject } from "../fingerprint.ts";
import { pinSettings } from "../pinned-settings.ts";
import {
  database,
  databaseSettings,
  defaultPrivileges,
  eventTriggers,
  largeObjects,
  publications,
  securityLabels,
  subscriptions,
} from "./database.ts";
import { extensions, languages, servers, userMappings, wrappers } from "./foreign.ts";
import {
  accessMethods,
  casts,
  operatorClasses,
  operatorFamilies,
  operators,
  transforms,
} from "./operators.ts";
import type { CatalogQuery, CatalogRow } from "./query.ts";
import { schemas, sequences, statistics, tables, views } from "./relations.ts";
import { functions } from "./routines.ts";
import { systemGrants } from "./system-grants.ts";
import { columns, constraints, indexes, policies, rules, triggers } from "./table-parts.ts";
import { configurations, dictionaries, parsers, templates } from "./text-search.ts";
import { toObject } from "./to-object.ts";
import { collations, conversions, domainConstraints, types } from "./types.ts";

const queries: readonly CatalogQuery[] = [
  database,
  databaseSettings,
  schemas,
  extensions,
  languages,
  types,
  domainConstraints,
  collations,
  conversions,
  functions,
  operators,
  operatorFamilies,
  operatorClasses,
  casts,
  transforms,
  accessMethods,
  tables,
  columns,
  constraints,
  indexes,
  triggers,
  rules,
  policies,
  views,
  sequences,
  statistics,
  configurations,
  dictionaries,
  parsers,
  templates,
  wrappers,
  servers,
  userMappings,
  eventTriggers,
  defaultPrivileges,
  publications,
  subscriptions,
  largeObjects,
  securityLabels,
  systemGrants,
];

/**
 * Everything that a dump of the session's database would hold, but rows: read in the session's transaction, in one
 * pipelined round trip, sorted by kind and identity. What comes with an extension is left out, but for privileges changed since. Pins the
 * session's settings. Throws `OpsError`.
 */
export async function readCatalog(session: Session): Promise<readonly CatalogObject[]> {
  try {
    await pinSettings(session);
    const server = { major: session.major };
    const results = await Promise.all(
      queries.map((query) => session.sql.unsafe<CatalogRow[]>(query(server))),
    );
    return results
      .flatMap((rows) => rows.flatMap((row) => toObject(row, server.major) ?? []))
      .toSorted(byKey);
  } catch (error) {
    throw explainServerError(error, "reading the catalog");
  }
}

function byKey(left: CatalogObject, right: CatalogObject): number {
  if (left.kind !== right.kind) return left.kind < right.kind ? -1 : 1;
  return left.identity < right.identity ? -1 : 1;
}
