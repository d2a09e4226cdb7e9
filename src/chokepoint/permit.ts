import { isRecorded } from "./recorded-permits.ts";
import type { Permit } from "./recorded-permits.ts";

export type { Permit } from "./recorded-permits.ts";

/** Throws where somebody made up a permit: a bug, and nothing is sent. */
export function requirePermit(permit: Permit): void {
  if (!isRecorded(permit)) throw new Error("a backend was asked to act without a recorded decision");
}
