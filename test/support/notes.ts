import fc from "fast-check";
import { createSigningKey } from "../../src/audit/note/signing-key.ts";
import type { SigningKey } from "../../src/audit/note/signing-key.ts";
import { parseVerifierKey } from "../../src/audit/note/vkey.ts";
import type { VerifierKey } from "../../src/audit/note/vkey.ts";
import { OpsError } from "../../src/errors.ts";

/** A key that is the same in every run. */
export function testKey(name: string, seed = 1): SigningKey {
  return createSigningKey(name, new Uint8Array(32).fill(seed));
}

export const verifierOf = (key: SigningKey): VerifierKey => parseVerifierKey(key.vkey);

/** The code of the OpsError that `work` throws; "none" when it throws nothing. Another error is thrown on. */
export function codeOf(work: () => unknown): string {
  try {
    work();
    return "none";
  } catch (error) {
    if (error instanceof OpsError) return error.code;
    throw error;
  }
}

export const keyNames = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 30 })
  .filter((name) => !/[\p{White_Space}+\u0000-\u001f]/u.test(name));

/** A line that a note can hold, not empty. */
export const noteLines = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 40 })
  .filter((line) => !/[\u0000-\u001f]/.test(line));
