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

/** What nearly every database has. */
const always: readonly CatalogQuery[] = [
  database,
  databaseSettings,
  schemas,
  extensions,
  types,
  functions,
  tables,
  columns,
  constraints,
  indexes,
  triggers,
  rules,
  policies,
  views,
  sequences,
  systemGrants,
];

/** What most databases do not have: asked for only where the catalog holds anything that initdb did not put there. */
const seldom: readonly (readonly [catalog: string, ...queries: CatalogQuery[]])[] = [
  ["pg_language WHERE oid >= 16384", languages],
  ["pg_constraint WHERE contypid >= 16384", domainConstraints],
  ["pg_collation WHERE oid >= 16384", collations],
  ["pg_conversion WHERE oid >= 16384", conversions],
  ["pg_operator WHERE oid >= 16384", operators],
  ["pg_opfamily WHERE oid >= 16384", operatorFamilies],
  ["pg_opclass WHERE oid >= 16384", operatorClasses],
  ["pg_cast WHERE oid >= 16384", casts],
  ["pg_transform WHERE oid >= 16384", transforms],
  ["pg_am WHERE oid >= 16384", accessMethods],
  ["pg_statistic_ext", statistics],
  ["pg_ts_config WHERE oid >= 16384", configurations],
  ["pg_ts_dict WHERE oid >= 16384", dictionaries],
  ["pg_ts_parser WHERE oid >= 16384", parsers],
  ["pg_ts_template WHERE oid >= 16384", templates],
  ["pg_foreign_data_wrapper", wrappers],
  ["pg_foreign_server", servers, userMappings],
  ["pg_event_trigger", eventTriggers],
  ["pg_default_acl", defaultPrivileges],
  ["pg_publication", publications],
  ["pg_subscription", subscriptions],
  ["pg_largeobject_metadata", largeObjects],
  ["pg_seclabel", securityLabels],
];

/**
 * Everything that a dump of the session's database would hold, but rows: read in the session's transaction, in two
 * pipelined round trips, sorted by kind and identity. What comes with an extension is left out, but for privileges changed since. Pins the
 * session's settings. Throws `OpsError`.
 */
export async function readCatalog(session: Session): Promise<readonly CatalogObject[]> {
  try {
    await pinSettings(session);
    const server = { major: session.major };
    const read = (query: CatalogQuery) => session.sql.unsafe<CatalogRow[]>(query(server));
    const [found, ...first] = await Promise.all([findSeldom(session), ...always.map(read)]);
    const results = [...first, ...(await Promise.all(found.map(read)))];
    return results
      .flatMap((rows) => rows.flatMap((row) => toObject(row, server.major) ?? []))
      .toSorted(byKey);
  } catch (error) {
    throw explainServerError(error, "reading the catalog");
  }
}

async function findSeldom(session: Session): Promise<readonly CatalogQuery[]> {
  const parts = seldom.map(([catalog], at) => `SELECT ${at} AS at WHERE EXISTS (SELECT FROM ${catalog})`);
  const rows = await session.sql.unsafe<{ at: number }[]>(parts.join(" UNION ALL "));
  return rows.flatMap(({ at }) => seldom[at]?.slice(1).filter((each) => typeof each === "function") ?? []);
}

function byKey(left: CatalogObject, right: CatalogObject): number {
  if (left.kind !== right.kind) return left.kind < right.kind ? -1 : 1;
  return left.identity < right.identity ? -1 : 1;
}
