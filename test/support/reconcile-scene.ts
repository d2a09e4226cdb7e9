import { createTerminality } from "../../src/chokepoint/ask-platform.ts";
import { createBreakers } from "../../src/chokepoint/breakers.ts";
import { openChokepoint } from "../../src/chokepoint/chokepoint.ts";
import type { DropState } from "../../src/chokepoint/drop.ts";
import { openTargets } from "../../src/chokepoint/open-targets.ts";
import type { ReconcileFact } from "../../src/chokepoint/reconcile/facts.ts";
import { reconcileTarget } from "../../src/chokepoint/reconcile/reconcile-target.ts";
import type { TargetPolicy } from "../../src/chokepoint/target-policy.ts";
import { openTombstoneFiles } from "../../src/chokepoint/tombstone-files.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";
import { freshDatabase } from "./cluster.ts";
import { openTestLedger, provisioner } from "./ledger.ts";
import { ask, never, targetPolicy } from "./postgres-target.ts";
import { urlOf } from "./prove.ts";
import { custody, dsnOf } from "./run-custody.ts";
import { poll } from "./server-process.ts";

export const typesOf = (facts: readonly ReconcileFact[]): readonly string[] => facts.map(({ type }) => type);

/** Databases whose fences stay. */
export const long: Partial<TargetPolicy> = {
  tombstone: { ...targetPolicy("").tombstone, mode: "soft", retentionMs: 3_600_000, keepMs: 3_600_000 },
};

/** A ledger of its own with the engine over it, and the customers' server as a target; `user` is who looks at it. */
export async function openReconcileScene(
  place: {
    readonly ledgers: Parameters<typeof freshDatabase>[0];
    readonly settings: ConnectionSettings;
  },
  mode: "soft" | "off",
  user = place.settings.user,
  policy: Partial<TargetPolicy> = {},
) {
  const { ledgers, settings } = place;
  const database = await freshDatabase(ledgers);
  const ledger = await openTestLedger(database.settings);
  const given = { ...targetPolicy(urlOf({ ...settings, user }), mode), ...policy };
  const targets = await openTargets([given], { env: process.env, jobs: 1 });
  const target = targets.get("customers")!;
  const store = { settings: database.settings, schema: "public", signal: never };
  const stop = new AbortController();
  const chokepoint = openChokepoint(
    {
      targets,
      ledger,
      tombstones: openTombstoneFiles({ env: process.env }),
      terminality: createTerminality(process.env),
      breakers: createBreakers([given]),
      now: () => new Date(),
      newDropId: () => crypto.randomUUID(),
    },
    {
      stop: stop.signal,
      tombstonesAtOnce: 1,
      pollMs: 50,
      rounds: { look: async () => [], findings: async () => ({ findings: [], hasMore: false }) },
      warn: () => undefined,
      onContradicted: () => undefined,
      onBug: () => undefined,
    },
  );
  return {
    store,
    target,
    look: () => reconcileTarget(target, store, never),
    events: () =>
      ask(
        database.settings,
        "select action, resource_id as name, details from audit_events where action in ('drop.unattributed', 'drop.orphaned') order by seq",
      ),
    query: (text: string) => ask(database.settings, text),
    verify: () => custody(["chain", "verify", "--db-url", dsnOf(database.settings), "--output", "json"]),
    async drop(name: string, until: DropState, more: { readonly role?: string } = {}): Promise<string> {
      const answer = await chokepoint.request(
        {
          target: "customers",
          resourceType: more.role === undefined ? "database" : "postgres",
          providerResourceId: name,
          token: "",
          requestId: crypto.randomUUID(),
          intent: {
            reason: "the customer left",
            requestedBy: null,
            names: { database: name, ...more },
            resourceStatus: null,
            notAfter: null,
            force: true,
            statementFingerprint: null,
          },
        },
        provisioner,
        never,
      );
      if (!("drop" in answer)) throw new Error(JSON.stringify(answer));
      const { dropId } = answer.drop;
      await poll(async () => (await ledger.find(dropId))?.state === until);
      return dropId;
    },
    chokepoint,
    ledger,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await chokepoint.done;
      await target.backend.close();
      await ledger[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}
