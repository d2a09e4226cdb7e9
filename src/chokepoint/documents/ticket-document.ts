import { z } from "zod";
import { describeDrop, dropDocumentSchema } from "./drop-document.ts";
import type { Drop } from "../drop.ts";

/** The answer of `POST /v1/drops/{id}/ticket`. */
export const ticketDocumentSchema = z.object({
  /** Told this once; null: others have to approve as well. */
  ticket: z.string().nullable(),
  expires_at: z.iso.datetime().nullable(),
  drop: dropDocumentSchema,
});

export type TicketDocument = z.output<typeof ticketDocumentSchema>;

export function describeTicket(drop: Drop, ticket: string | null): TicketDocument {
  const expiresAt = ticket === null ? null : (drop.ticket?.expiresAt.toISOString() ?? null);
  return { ticket, expires_at: expiresAt, drop: describeDrop(drop) };
}
