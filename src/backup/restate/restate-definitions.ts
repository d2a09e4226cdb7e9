import { randomBytes } from "node:crypto";
import { InterruptedError } from "../../errors.ts";
import { explainServerError } from "../../postgres/connect.ts";
import type { Session } from "../../postgres/connect.ts";
import { quoteIdentifier } from "../../postgres/identifiers.ts";
import { objectKey } from "../fingerprint.ts";
import type { CatalogObject, Fingerprint } from "../fingerprint.ts";
import { pinSettings } from "../pinned-settings.ts";
import { planRestatement } from "./restatement.ts";
import type { Restatement } from "./restatement.ts";

/**
 * Says the expected definitions in the words of the server that holds the restored database. Servers print what they
 * parsed, and print it differently: 16 leaves out needless table names in views, and even the same server prints
 * `IN ('a')` of a varchar column differently once it has read its own output. So a definition that differs from the restored
 * one is given to the restored server to parse, in the place of a twin, and what it prints is what a faithful restore must print.
 *
 * Only definitions that differ are restated. All happens in one transaction that is rolled back; `session` must be outside of a
 * transaction, and should be of a role that is no superuser, since the text may be of anybody's making. What the server
 * refuses stays as it was. Throws `OpsError` or `InterruptedError`.
 */
export async function restateDefinitions(
  session: Session,
  expected: Fingerprint,
  actual: Fingerprint,
  signal?: AbortSignal,
): Promise<Fingerprint> {
  const here = new Map(actual.objects.map((object) => [objectKey(object.kind, object.identity), object]));
  const schema = `custody_restatement_${randomBytes(6).toString("hex")}`;
  const jobs = expected.objects.map((object, at) => ({ at, restatements: plan(object, here, schema) }));
  const open = jobs.filter((job) => job.restatements.length > 0);
  if (open.length === 0) return expected;
  const objects = [...expected.objects];
  try {
    await begin(session, schema);
    for (const { at, restatements } of open) {
      const object = objects[at];
      if (signal?.aborted) throw new InterruptedError();
      if (object !== undefined) objects[at] = await restate(session, object, restatements);
    }
  } catch (error) {
    if (error instanceof InterruptedError) throw error;
    throw explainServerError(error, "restating definitions");
  } finally {
    await session.sql.unsafe("ROLLBACK");
  }
  return { ...expected, objects };
}

interface FactToRestate {
  readonly fact: string;
  readonly restatement: Restatement;
}

/** The facts of an object that differ from its twin's and that another server may print differently. */
function plan(
  object: CatalogObject,
  here: ReadonlyMap<string, CatalogObject>,
  schema: string,
): readonly FactToRestate[] {
  const twin = here.get(objectKey(object.kind, object.identity));
  if (twin === undefined) return [];
  return Object.entries(object.facts).flatMap(([fact, text]) => {
    const other = twin.facts[fact];
    if (other === undefined || other === text) return [];
    const restatement = planRestatement(object, fact, text, schema);
    return restatement === undefined ? [] : [{ fact, restatement }];
  });
}

async function begin(session: Session, schema: string): Promise<void> {
  await pinSettings(session);
  await session.sql.unsafe(
    "BEGIN; SET LOCAL statement_timeout = '30s'; SET LOCAL lock_timeout = '10s'; SET LOCAL check_function_bodies = off",
  );
  // Event triggers of the restored database must not take part; who may not switch them off goes on without.
  await attempt(session, ["SET LOCAL session_replication_role = replica"], "keep");
  await session.sql.unsafe(`CREATE SCHEMA ${quoteIdentifier(schema)}`);
}

async function restate(
  session: Session,
  object: CatalogObject,
  facts: readonly FactToRestate[],
): Promise<CatalogObject> {
  const restated: Record<string, string> = { ...object.facts };
  for (const { fact, restatement } of facts) {
    const rows = await attempt(session, [...restatement.statements, restatement.query], "undo");
    const text = rows?.[0]?.["text"];
    if (typeof text !== "string") continue;
    const whole = restatement.finish === undefined ? text : restatement.finish(text);
    if (whole !== undefined) restated[fact] = whole;
  }
  return { ...object, facts: restated };
}

/** The client library knows `simple`, its types do not. */
const extendedProtocol = { prepare: false, simple: false };

type Rows = readonly Readonly<Record<string, unknown>>[];

/**
 * Runs statements under a savepoint, in one round trip, and returns the rows of the last; undefined when one was refused. Each
 * goes by the extended protocol, which takes no second statement behind the first.
 */
async function attempt(
  session: Session,
  statements: readonly string[],
  after: "keep" | "undo",
): Promise<Rows | undefined> {
  const { sql } = session;
  const savepoint = sql.unsafe("SAVEPOINT restatement");
  const results = statements.map((statement) =>
    sql.unsafe<Record<string, unknown>[]>(statement, [], extendedProtocol),
  );
  const settled = await Promise.allSettled([savepoint, ...results]);
  const last = settled.at(-1);
  const isDone = settled.every((each) => each.status === "fulfilled");
  await sql.unsafe(
    isDone && after === "keep" ? "RELEASE SAVEPOINT restatement" : "ROLLBACK TO SAVEPOINT restatement",
  );
  return isDone && last?.status === "fulfilled" ? last.value : undefined;
}
