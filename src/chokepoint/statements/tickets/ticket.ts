import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** What lets one statement through that people approved in advance: shown once, to who approved last. */
export interface IssuedTicket {
  readonly text: string;
  /** In hex; all that is kept of it. */
  readonly sha256: string;
}

/** The id of its drop, a dot, and 256 random bits in base64url: nothing that a comment of SQL has to escape. */
export function issueTicket(dropId: string): IssuedTicket {
  const text = `${dropId}.${randomBytes(32).toString("base64url")}`;
  return { text, sha256: digestTicket(text) };
}

export function digestTicket(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Null: it is no ticket. */
export function dropIdOf(text: string): string | null {
  return /^([A-Za-z0-9_-]{1,128})\.[A-Za-z0-9_-]{43}$/.exec(text)?.[1] ?? null;
}

export function isTicketOf(text: string, sha256: string): boolean {
  return timingSafeEqual(Buffer.from(digestTicket(text)), Buffer.from(sha256.padEnd(64).slice(0, 64)));
}
