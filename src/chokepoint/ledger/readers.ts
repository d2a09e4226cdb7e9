import { explainServerError } from "../../postgres/explain-error.ts";
import type { Row } from "./commit-batch.ts";
import { createSessionSlot, isLost } from "./session-slot.ts";
import type { SlotOptions } from "./session-slot.ts";

/** Asks with parameters of type text. Throws `OpsError`. */
export type Ask = (text: string, values: readonly string[]) => Promise<readonly Row[]>;

const slots = 3;

/** Sessions that read, opened when they are needed; a question is asked once more where the session turns out to be gone. */
export function createReaders(options: SlotOptions): AsyncDisposable & { readonly ask: Ask } {
  const all = Array.from({ length: slots }, () => createSessionSlot(options));
  const ask: Ask = async (text, values) => {
    const once = async (): Promise<readonly Row[]> => {
      const slot = all.reduce((best, each) => (each.load() < best.load() ? each : best));
      return slot.use((session) => session.sql.unsafe<Row[]>(text, [...values], { prepare: true }));
    };
    try {
      return await once().catch((error: unknown) => {
        if (isLost(error)) return once();
        throw error;
      });
    } catch (error) {
      throw explainServerError(error, "asking the ledger");
    }
  };
  return {
    ask,
    async [Symbol.asyncDispose]() {
      await Promise.all(all.map((each) => each[Symbol.asyncDispose]()));
    },
  };
}
