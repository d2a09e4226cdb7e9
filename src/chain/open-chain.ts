import { whyNoChain } from "../audit/find-chain.ts";
import { loadProfile } from "../audit/load-profile.ts";
import { openSnapshot } from "../audit/open-snapshot.ts";
import type { ChainSnapshot } from "../audit/open-snapshot.ts";
import type { Environment } from "../postgres/settings.ts";
import { noChain, openDatabase } from "./open-database.ts";

interface World {
  readonly env: Environment;
  readonly cwd: string;
  readonly signal: AbortSignal;
}

/** Which chain, as the flags say. */
interface ChainGiven {
  readonly dbUrl: string;
  /** Null: the one schema that holds a chain. */
  readonly schema: string | null;
  /** A built-in profile, or the path of a profile file; null: by the columns of the table. */
  readonly profile: string | null;
}

/** Finds the chain and holds a snapshot of it. `command` is what the server's activity shows. Throws `no-chain`, and what connecting throws. */
export async function openChain(
  given: ChainGiven,
  { env, cwd, signal }: World,
  command: string,
): Promise<ChainSnapshot> {
  const profile = given.profile === null ? undefined : await loadProfile(given.profile, cwd);
  await using stack = new AsyncDisposableStack();
  const session = stack.use(await openDatabase(given.dbUrl, { env, applicationName: command, signal }));
  const want = { schema: given.schema ?? undefined, profile };
  const snapshot = await openSnapshot(session, want);
  if (snapshot === null) {
    const profileName = given.profile === null ? "" : ` of profile ${given.profile}`;
    const where = given.schema === null ? "" : ` in schema ${given.schema}`;
    throw noChain(session, `${profileName}${where}`, await whyNoChain(session, want));
  }
  const owned = stack.move();
  return { ...snapshot, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
