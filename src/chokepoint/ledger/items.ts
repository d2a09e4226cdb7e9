import type { Caller, Drop } from "../drop.ts";
import type { LedgerEvent, Step } from "../ports.ts";
import type { Item } from "./commit-batch.ts";
import { appendStatement, claimStatement, recordStatement, stepStatement } from "./statements.ts";
import { columnsOf } from "./drop-row.ts";
import { by, changed, firstEvents, guarded, rowOf, signed } from "./step-input.ts";
import type { Writer } from "./step-input.ts";
import { storableDetails, storableJson, storableText } from "./storable.ts";
import type { Tables } from "./tables.ts";

export interface Items {
  record(drop: Drop, writer: Writer): Item;
  step(step: Step, writer: Writer, now: Date): Item;
  claim(dropId: string, writer: Writer): Item;
  append(event: Appended, writer: Writer): Item;
  /** Writes what nobody reads. */
  ping(writer: Writer): Item;
}

export type Appended = LedgerEvent & {
  readonly resourceType: string;
  readonly resourceId: string;
  readonly actor: Caller;
};

/** The statements are long, the same for all, and made once. */
export function createItems(tables: Tables): Items {
  const statements = {
    record: recordStatement(tables),
    step: stepStatement(tables),
    claim: claimStatement(tables),
    append: appendStatement(tables),
  };
  const rowOfStep = `select 'moved' as verdict, null as other, ${columnsOf("d")} from ${tables.drops} d`;
  const proofs = {
    told: `${rowOfStep} where d.drop_id = pg_catalog.split_part($1, '.', 1) and exists (select from ${tables.events} e where e.id = $1 || '.1')`,
    untold: `${rowOfStep} where d.drop_id || '.' || d.step_id = $1 and d.drop_id = pg_catalog.split_part($1, '.', 1)`,
    append: `select e.id from ${tables.events} e where e.id = $1`,
  };
  return {
    record: (drop, writer) => ({
      statement: statements.record,
      input: storableJson({
        row: rowOf(drop),
        events: firstEvents(drop).map((each) => ({ ...each, details: storableDetails(each.details) })),
        ...by(drop.caller),
        ...signed(writer),
      }),
      order: `0 ${drop.request.requestId}`,
      dropId: null,
      isGuarded: false,
      proof: { statement: proofs.told, key: `${drop.dropId}.${writer.stepId}` },
    }),
    step: (step, writer, now) => ({
      statement: statements.step,
      input: storableJson({
        drop_id: step.dropId,
        from: step.from,
        epoch: step.epoch,
        change: changed(step, now),
        ...(step.change.plan?.secret ? { secret: step.change.plan.secret } : {}),
        claim: step.change.claim ?? "keep",
        guard: guarded(step, now),
        events: step.events.map((each) => ({ ...each, details: storableDetails(each.details) })),
        ...by(step.actor),
        ...signed(writer),
      }),
      order: `1 ${step.dropId}`,
      dropId: step.dropId,
      isGuarded: step.guard !== undefined,
      proof: {
        statement: step.events.length > 0 ? proofs.told : proofs.untold,
        key: `${step.dropId}.${writer.stepId}`,
      },
    }),
    claim: (dropId, writer) => ({
      statement: statements.claim,
      input: storableJson({ drop_id: dropId, ...signed(writer) }),
      order: `1 ${dropId}`,
      dropId,
      isGuarded: false,
      proof: { statement: proofs.untold, key: `${dropId}.${writer.stepId}` },
    }),
    append: (event, writer) => {
      const id = `${prefixOf(event)}.${writer.stepId}.1`;
      return {
        statement: statements.append,
        input: storableJson({
          id,
          ...by(event.actor),
          action: event.action,
          resource_type: storableText(event.resourceType, 256),
          resource_id: storableText(event.resourceId, 8000),
          details: { ...storableDetails(event.details), ...by(event.actor).by },
        }),
        order: `2 ${id}`,
        dropId: null,
        isGuarded: false,
        proof: { statement: proofs.append, key: id },
      };
    },
    ping: ({ instance }) => ({
      statement: `update ${tables.instances} set pinged_at = pg_catalog.clock_timestamp() where id = $1::pg_catalog.text::pg_catalog.int4`,
      input: String(instance),
      order: "3",
      dropId: null,
      isGuarded: false,
      proof: { statement: "select $1 where false", key: "" },
    }),
  };
}

/** An event that names a drop is found with it. */
function prefixOf(event: Appended): string {
  const id = event.details["drop_id"];
  return typeof id === "string" && /^[A-Za-z0-9_-]{1,128}$/.test(id) ? id : "-";
}
