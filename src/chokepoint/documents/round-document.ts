import { z } from "zod";
import { orphanReasons } from "../reconcile/facts.ts";
import type { ReconcileFact } from "../reconcile/facts.ts";
import { allParts } from "../resource.ts";
import { oneLine } from "./one-line.ts";

/** The body of `POST /v1/reconcile`. */
export const reconcileBodySchema = z
  .strictObject({ target: oneLine(255).optional(), canary: z.boolean().optional() })
  .optional();

const json = z.record(z.string(), z.json());
const target = z.string();
const thing = { target, part: z.enum(allParts), id: z.string(), name: z.string() };

/** One fact of a round; `class` says which. The `findings[]` of `custody drop reconcile` are these. */
const factDocumentSchema = z.discriminatedUnion("class", [
  z.object({ class: z.literal("loss-attributed"), ...thing, drop_id: z.string() }),
  z.object({
    class: z.literal("loss-unattributed"),
    ...thing,
    system_identifier: z.string(),
    /** ISO 8601. */
    last_seen: z.string(),
    canary: z.boolean(),
    drop_id: z.string().nullable(),
    /** What is in it is the backend's. */
    witness: z.record(z.string(), z.unknown()).nullable(),
  }),
  z.object({
    class: z.literal("drop-orphaned"),
    ...thing,
    system_identifier: z.string(),
    reason: z.enum(orphanReasons),
    drop_id: z.string().nullable(),
  }),
  z.object({ class: z.literal("thing-renamed"), ...thing, from: z.string() }),
  z.object({ class: z.literal("thing-changed"), ...thing }),
  z.object({ class: z.literal("loss-pending"), ...thing, drop_id: z.string() }),
  z.object({
    class: z.literal("round-finished"),
    target,
    system_identifier: z.string(),
    first: z.boolean(),
    seen: z.number(),
    blind: z.array(z.string()),
  }),
  z.object({ class: z.literal("target-unseen"), target, error: z.string() }),
  z.object({ class: z.literal("round-elsewhere"), target }),
  z.object({
    class: z.enum(["canary-made", "canary-dropped", "canary-heard", "canary-silent"]),
    target,
    name: z.string(),
  }),
]);

export type FactDocument = z.output<typeof factDocumentSchema>;

const roundDocumentSchema = z.object({ name: z.string(), facts: z.array(factDocumentSchema) });

export type RoundDocument = z.output<typeof roundDocumentSchema>;

/** The answer of `POST /v1/reconcile`. */
export const roundsDocumentSchema = z.object({ targets: z.array(roundDocumentSchema) });

export function describeRound(name: string, facts: readonly ReconcileFact[]): RoundDocument {
  return { name, facts: facts.map(describeFactDocument) };
}

export function describeFactDocument(fact: ReconcileFact): FactDocument {
  switch (fact.type) {
    case "loss-unattributed": {
      const { type, systemIdentifier, lastSeen, isCanary, relatedDropId, witness, ...rest } = fact;
      return {
        class: type,
        ...rest,
        system_identifier: systemIdentifier,
        last_seen: lastSeen,
        canary: isCanary,
        drop_id: relatedDropId,
        witness: witness === null ? null : { ...witness },
      };
    }
    case "drop-orphaned": {
      const { type, systemIdentifier, dropId, ...rest } = fact;
      return { class: type, ...rest, system_identifier: systemIdentifier, drop_id: dropId };
    }
    case "loss-attributed":
    case "loss-pending": {
      const { type, dropId, ...rest } = fact;
      return { class: type, ...rest, drop_id: dropId };
    }
    case "round-finished": {
      const { type, systemIdentifier, isFirst, blind, ...rest } = fact;
      return {
        class: type,
        ...rest,
        system_identifier: systemIdentifier,
        first: isFirst,
        blind: [...blind],
      };
    }
    case "thing-renamed": {
      const { type, ...rest } = fact;
      return { class: type, ...rest };
    }
    case "thing-changed": {
      const { type, ...rest } = fact;
      return { class: type, ...rest };
    }
    case "target-unseen":
      return { class: fact.type, target: fact.target, error: fact.error };
    case "round-elsewhere":
      return { class: fact.type, target: fact.target };
    case "canary-made":
    case "canary-dropped":
    case "canary-heard":
    case "canary-silent":
      return { class: fact.type, target: fact.target, name: fact.name };
  }
}

/** What `describeFactDocument` was given. Throws `ZodError` where a witness holds no JSON, which JSON cannot. */
export function readFactDocument(document: FactDocument): ReconcileFact {
  switch (document.class) {
    case "loss-unattributed": {
      const { class: type, system_identifier, last_seen, canary, drop_id, witness, ...rest } = document;
      return {
        type,
        ...rest,
        systemIdentifier: system_identifier,
        lastSeen: last_seen,
        isCanary: canary,
        relatedDropId: drop_id,
        witness: witness === null ? null : json.parse(witness),
      };
    }
    case "drop-orphaned": {
      const { class: type, system_identifier, drop_id, ...rest } = document;
      return { type, ...rest, systemIdentifier: system_identifier, dropId: drop_id };
    }
    case "loss-attributed":
    case "loss-pending": {
      const { class: type, drop_id, ...rest } = document;
      return { type, ...rest, dropId: drop_id };
    }
    case "round-finished": {
      const { class: type, system_identifier, first, ...rest } = document;
      return { type, ...rest, systemIdentifier: system_identifier, isFirst: first };
    }
    case "thing-renamed": {
      const { class: type, ...rest } = document;
      return { type, ...rest };
    }
    case "thing-changed": {
      const { class: type, ...rest } = document;
      return { type, ...rest };
    }
    case "target-unseen":
      return { type: document.class, target: document.target, error: document.error };
    case "round-elsewhere":
      return { type: document.class, target: document.target };
    case "canary-made":
    case "canary-dropped":
    case "canary-heard":
    case "canary-silent":
      return { type: document.class, target: document.target, name: document.name };
  }
}
