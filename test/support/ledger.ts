import { createHash, randomUUID } from "node:crypto";
import type { Caller, Drop, DropState } from "../../src/chokepoint/drop.ts";
import { openLedger } from "../../src/chokepoint/ledger/open-ledger.ts";
import type { LedgerOptions } from "../../src/chokepoint/ledger/open-ledger.ts";
import type { Ledger, Step, StepResult } from "../../src/chokepoint/ports.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";

export const schema = "public";

export const provisioner: Caller = {
  name: "provisioner",
  person: null,
  peer: "192.0.2.7",
  protocol: "http",
};

export const testTerms = { mode: "required", retentionMs: 1000, keepMs: 2000 } as const;

export const ann: Caller = { name: "oncall", person: "ann", peer: "192.0.2.8", protocol: "http" };

/** A new drop of a database and its role. */
export function newDrop(
  given: Partial<Drop> & { readonly target?: string; readonly requestId?: string } = {},
): Drop {
  const { target = "customers", requestId = randomUUID(), ...rest } = given;
  const name = `db_${requestId.slice(0, 8)}`;
  return {
    dropId: randomUUID(),
    request: {
      target,
      resourceType: "postgres",
      providerResourceId: name,
      token: "t1",
      requestId,
      intent: {
        reason: "the customer left",
        requestedBy: "ann",
        names: { database: name, role: "usr_1" },
        resourceStatus: "deleted",
        notAfter: new Date(Date.now() + 60_000),
        force: false,
        statementFingerprint: null,
      },
    },
    statement: null,
    requestHash: createHash("sha256").update(name).digest("hex"),
    placement: "shared",
    caller: provisioner,
    state: "requested",
    outcome: null,
    refusal: null,
    error: null,
    plan: null,
    identity: null,
    tombstone: null,
    hold: null,
    approvals: [],
    ticket: null,
    purges: null,
    undoneAs: null,
    undoneId: null,
    undoFrom: null,
    requestedAt: new Date(),
    startedAt: null,
    fencedAt: null,
    finishedAt: null,
    purgeAt: null,
    tombstoneUntil: null,
    attempts: 0,
    epoch: 1,
    updatedAt: new Date(),
    ...rest,
  };
}

/** A step to a state with the event of it. */
export function stepTo(drop: Drop, to: DropState, more: Partial<Step> = {}): Step {
  return {
    dropId: drop.dropId,
    epoch: drop.epoch,
    from: [drop.state],
    to,
    change: {},
    events: [{ action: `drop.${to}`, details: {} }],
    actor: provisioner,
    ...more,
  };
}

export function moved(result: StepResult): Drop {
  if (!result.moved) throw new Error(`not moved: ${result.why}, it is ${result.drop.state}`);
  return result.drop;
}

export async function openTestLedger(
  settings: ConnectionSettings,
  more: Partial<LedgerOptions> = {},
): Promise<Ledger & AsyncDisposable> {
  return openLedger({
    settings,
    schema,
    instanceName: "test",
    now: () => new Date(),
    signal: new AbortController().signal,
    ...more,
  });
}
