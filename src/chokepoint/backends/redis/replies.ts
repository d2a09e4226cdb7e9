import { OpsError } from "../../../errors.ts";
import type { Reply } from "./link.ts";

/** Thrown where a server answers in a form that no Redis has. */
export function unexpected(what: string): OpsError {
  return new OpsError(
    "unsupported-server",
    `the server's answer to ${what} is in no known form`,
    "custody speaks to Redis 6.2 and newer, and to Valkey; see what listens there",
  );
}

export function bytesOf(reply: Reply | undefined, what: string): Buffer {
  if (Buffer.isBuffer(reply)) return reply;
  if (typeof reply === "string") return Buffer.from(reply, "latin1");
  throw unexpected(what);
}

/** Byte for byte: `latin1` goes both ways. */
export function textOf(reply: Reply | undefined, what: string): string {
  return bytesOf(reply, what).toString("latin1");
}

export function numberOf(reply: Reply | undefined, what: string): number {
  if (typeof reply === "number") return reply;
  throw unexpected(what);
}

export function listOf(reply: Reply | undefined, what: string): readonly Reply[] {
  if (Array.isArray(reply)) return reply;
  throw unexpected(what);
}
