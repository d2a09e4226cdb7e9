import { createHash } from "node:crypto";
import type { Caller, Drop, JsonObject } from "../drop.ts";
import type { Target } from "../ports.ts";
import type { ReconcileFact } from "./facts.ts";

/** Who tells. */
export const reconciler: Caller = {
  name: "custody reconcile",
  person: null,
  peer: "",
  protocol: "internal",
};

export interface RoundEvent {
  /** The same for the same loss: it is told once. */
  readonly id: string;
  readonly action: "drop.unattributed" | "drop.orphaned";
  readonly resourceType: string;
  readonly resourceId: string;
  readonly details: JsonObject;
}

/** The ledger's events of a round, with the fields that every drop event has (formats.md section 6). */
export function roundEvents(
  facts: readonly ReconcileFact[],
  { policy }: Pick<Target, "policy">,
  drops: ReadonlyMap<string, Drop>,
  at: Date,
): readonly RoundEvent[] {
  return facts.flatMap((fact): readonly RoundEvent[] => {
    if (fact.type !== "loss-unattributed" && fact.type !== "drop-orphaned") return [];
    const isLoss = fact.type === "loss-unattributed";
    const related = drops.get((isLoss ? fact.relatedDropId : fact.dropId) ?? "") ?? null;
    const own: JsonObject = isLoss
      ? {
          part: fact.part,
          last_seen: fact.lastSeen,
          missed_at: at.toISOString(),
          canary: fact.isCanary,
          witness: fact.witness,
          related_drop_state: related?.state ?? null,
        }
      : { part: fact.part, reason: fact.reason, name: fact.name, seen_at: at.toISOString() };
    return [
      {
        id: eventId(fact, related, at),
        action: isLoss ? "drop.unattributed" : "drop.orphaned",
        resourceType: fact.part,
        resourceId: fact.name,
        details: {
          ...own,
          drop_id: related?.dropId ?? null,
          request_id: related?.request.requestId ?? null,
          token: related?.request.token ?? "",
          provider_resource_id: fact.name,
          system_identifier: fact.systemIdentifier,
          oid: fact.id,
          fence_name: related?.plan?.fenceNames[fact.part] ?? null,
          statement_fingerprint: related?.request.intent.statementFingerprint ?? null,
          resource_type: fact.part,
          backend: policy.placement,
          target: policy.name,
          // Nobody knows who: that is what is told.
          caller: related?.caller.name ?? null,
          peer: related?.caller.peer ?? null,
          protocol: "internal",
        },
      },
    ];
  });
}

/** An event that names a drop is found with it: its id begins with the drop's. */
function eventId(
  fact: Extract<ReconcileFact, { type: "loss-unattributed" | "drop-orphaned" }>,
  related: Drop | null,
  at: Date,
): string {
  const kind = fact.type === "loss-unattributed" ? fact.lastSeen : `${fact.reason} ${at.toISOString()}`;
  const what = [fact.target, fact.systemIdentifier, fact.part, fact.id, fact.type, kind].join("\0");
  const digest = createHash("sha256").update(what).digest("hex").slice(0, 32);
  return `${related?.dropId ?? "-"}.reconcile-${digest}`;
}
