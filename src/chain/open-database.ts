import { OpsError } from "../errors.ts";
import { connect } from "../postgres/connect.ts";
import type { Session } from "../postgres/session.ts";
import { displayAddress, resolveSettings } from "../postgres/settings.ts";
import type { Environment } from "../postgres/settings.ts";

/** Connects to the database that the user named, or that the environment names. */
export async function openDatabase(
  dbUrl: string,
  options: { readonly env: Environment; readonly applicationName: string; readonly signal: AbortSignal },
): Promise<Session> {
  const settings = await resolveSettings(dbUrl, options.env);
  return connect(settings, { applicationName: options.applicationName, signal: options.signal });
}

/** `misfits` are tables that might be meant, each with why it is none. */
export function noChain(session: Session, wanted: string, misfits: readonly string[] = []): OpsError {
  const why = misfits.length === 0 ? "" : `; ${misfits.join("; ")}`;
  return new OpsError(
    "no-chain",
    `there is no audit chain${wanted} in ${displayAddress(session.settings)}${why}`,
    "custody chain init installs one; --schema and --profile say where and what another is",
  );
}
