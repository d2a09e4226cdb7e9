import { OpsError } from "../errors.ts";
import { connect, explainServerError } from "../postgres/connect.ts";
import { resolveSettings } from "../postgres/settings.ts";
import type { Environment } from "../postgres/settings.ts";
import type { Terminality } from "./ports.ts";

/**
 * Asks the platform's database, anew each time: read only, within the policy's time, `$1` the token. Exactly one row must come back;
 * its first column is the state. Throws `bad-config` for an answer that is none, else why it could not be asked.
 */
export function createTerminality(env: Environment): Terminality {
  return {
    async ask({ name, terminality }, token) {
      if (terminality === null) throw new Error(`${name} has no terminality`);
      const seconds = Math.max(2, Math.ceil(terminality.timeoutMs / 1000));
      const settings = { ...(await resolveSettings(terminality.url, env)), connectTimeoutSeconds: seconds };
      const signal = AbortSignal.timeout(terminality.timeoutMs);
      try {
        await using session = await connect(settings, {
          applicationName: "terminality",
          signal,
          parameters: {
            default_transaction_read_only: "on",
            statement_timeout: String(terminality.timeoutMs),
          },
        });
        const rows = await session.sql.unsafe(terminality.query, [token]).values();
        return readState(rows, name);
      } catch (error) {
        if (error instanceof OpsError) throw error;
        if (signal.aborted)
          throw new OpsError(
            "timeout",
            `no answer within ${terminality.timeoutMs} ms`,
            "see whether the platform's database is well, or give terminality.timeout",
          );
        throw explainServerError(error, `the terminality query of ${name}`);
      }
    },
  };
}

function readState(rows: readonly (readonly unknown[])[], target: string): string | null {
  if (rows.length > 1)
    throw new OpsError(
      "bad-config",
      `the terminality query of ${target} found ${rows.length} resources of one token`,
      "write one that finds one row at most",
    );
  const [row] = rows;
  const state = row?.[0] ?? null;
  return state === null || typeof state === "string" ? state : JSON.stringify(state);
}
