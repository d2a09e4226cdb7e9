import { once } from "node:events";
import type { Session } from "../../postgres/connect.ts";
import { serverErrorOf } from "../../postgres/explain-error.ts";
import type { StatementFailure } from "./run-statement.ts";

/** A running `COPY … FROM stdin`. */
export interface CopyIn {
  /** Waits while the server does. Once the server has refused, further rows are swallowed. */
  write(rows: Uint8Array): Promise<void>;
  /** Whether the server has refused already. */
  hasFailed(): boolean;
  /** The server's error, if it had one. */
  finish(): Promise<StatementFailure | null>;
}

/** Starts a COPY; returns the server's error when it refuses at once. */
export async function startCopyIn(session: Session, statement: string): Promise<CopyIn | StatementFailure> {
  const query = session.sql.unsafe(statement);
  const refused = Promise.withResolvers<unknown>();
  try {
    const stream = await query.writable();
    // The library settles the query when the rows may come; an error after the last row would be lost without this.
    Reflect.set(query, "reject", refused.resolve);
    stream.on("error", refused.resolve);
    const finished = once(stream, "finish").then(
      () => null,
      (error: unknown) => error,
    );
    return {
      async write(rows) {
        if (stream.destroyed || stream.write(rows)) return;
        await Promise.race([once(stream, "drain").catch(() => undefined), refused.promise]);
      },
      hasFailed: () => stream.destroyed,
      async finish() {
        if (!stream.destroyed) stream.end();
        const error = await Promise.race([refused.promise, finished]);
        return error === null ? null : failureOf(error);
      },
    };
  } catch (error) {
    return failureOf(error);
  }
}

function failureOf(error: unknown): StatementFailure {
  const failure = serverErrorOf(error);
  if (failure === undefined) throw error;
  return failure;
}
