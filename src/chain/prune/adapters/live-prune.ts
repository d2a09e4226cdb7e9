import { resolve } from "node:path";
import { exportRows } from "../../../audit/pruning/export-rows.ts";
import { requireGuards } from "../../../audit/guards/require-guards.ts";
import { removeBeginning } from "../../../audit/pruning/remove-beginning.ts";
import type { ArchivedBeginning, Removal } from "../../../audit/pruning/remove-beginning.ts";
import { createSurvey } from "../../../audit/pruning/survey.ts";
import { relationName } from "../../../audit/find-chain.ts";
import { verifyChain } from "../../../audit/verify-chain.ts";
import { InterruptedError, OpsError } from "../../../errors.ts";
import { connect } from "../../../postgres/connect.ts";
import { explainServerError } from "../../../postgres/explain-error.ts";
import type { Environment } from "../../../postgres/settings.ts";
import { readGivenFiles } from "../../given-files.ts";
import { openChain } from "../../open-chain.ts";
import type { ChainSnapshot } from "../../../audit/open-snapshot.ts";
import { readStates } from "../../read-anchors.ts";
import { requireOwnChain } from "../../require-own-chain.ts";
import { stateFolder } from "../../state-folder.ts";
import type { PrunableChain, PrunePorts } from "../ports.ts";
import { openArchive } from "./archive-folder.ts";
import type { CheckArchive } from "./archive-folder.ts";

interface World {
  readonly env: Environment;
  readonly cwd: string;
  readonly configPath: string | null;
  readonly signal: AbortSignal;
}

/** A live database, checkpoints and keys of files, and a folder for what is removed. */
export function livePrune(world: World, checkArchive: CheckArchive): PrunePorts {
  const { cwd } = world;
  return {
    async readGiven(input) {
      const given = await readGivenFiles(input, cwd);
      const stateDir = await stateFolder(input.state, world);
      return { given, states: await readStates(given.checkpoints, { trust: given.trust, stateDir }) };
    },
    async openChain({ dbUrl, schema }) {
      await using stack = new AsyncDisposableStack();
      const chain = stack.use(await openChain({ dbUrl, schema, profile: null }, world, "chain prune"));
      requireOwnChain(
        chain.session,
        chain.place,
        schema,
        "it keeps no record of what it stands on once rows are gone",
      );
      const owned = stack.move();
      return { ...prunable(chain, world.signal), [Symbol.asyncDispose]: () => owned.disposeAsync() };
    },
    openArchive: (path) => openArchive(resolve(cwd, path), checkArchive),
  };
}

function prunable(chain: ChainSnapshot, signal: AbortSignal): Omit<PrunableChain, keyof AsyncDisposable> {
  const { session, place, facts, identity } = chain;
  const profile = place.definition;
  return {
    facts,
    profile,
    identity,
    requireRight: () => requireRight(chain),
    async verify(before, sizes, onProgress) {
      const survey = createSurvey(profile, before, sizes);
      const { onRow } = survey;
      const options = { waypoints: sizes, onRow, onProgress, signal };
      return { verification: await verifyChain(session, place, options), survey };
    },
    exportRows: (range, onLine, onProgress) =>
      exportRows(session, place, range, { onLine, onProgress, signal }),
    async endSnapshot() {
      await session.sql.unsafe("rollback");
    },
    remove: (beginning) => remove(chain, beginning, signal),
  };
}

/** Of the owner, or of a member of it; what a granted function could do besides is not asked for. */
async function requireRight({ session, place, facts }: ChainSnapshot): Promise<void> {
  if (facts.isStandby) {
    throw new OpsError(
      "unsupported-server",
      `${facts.address} is a standby: nothing can be removed there`,
      "connect to the primary (target_session_attrs=primary)",
    );
  }
  const table = relationName(place, place.definition.table);
  try {
    const [role] = await session.sql<{ owner: string; may: boolean; is: string }[]>`
      select pg_catalog.pg_get_userbyid(c.relowner) as owner, pg_catalog.pg_has_role(c.relowner, 'USAGE') as may,
             current_user::pg_catalog.text as is
        from pg_catalog.pg_class c where c.oid = ${table}::pg_catalog.text::pg_catalog.regclass`;
    if (role?.may === true) return;
    throw new OpsError(
      "permission-denied",
      `pruning ${table} is for its owner ${role?.owner ?? "?"}, whose rights ${role?.is ?? "this role"} does not have`,
      "connect as that role, or as a member that inherits its rights; --dry-run needs SELECT alone",
    );
  } catch (error) {
    throw explainServerError(error, "asking for the chain's owner");
  }
}

/** In a session of its own: a signal ends it at once, but never between the commit and its answer. */
async function remove(
  { session, place }: ChainSnapshot,
  beginning: ArchivedBeginning,
  signal: AbortSignal,
): Promise<Removal> {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  signal.addEventListener("abort", end, { once: true });
  try {
    await using writer = await connect(session.settings, {
      applicationName: "chain prune",
      signal: ending.signal,
    });
    if (signal.aborted) throw new InterruptedError();
    await requireGuards(writer, place.schema);
    const onCommit = (): void => signal.removeEventListener("abort", end);
    return await removeBeginning(writer, place, beginning, { interruption: signal, onCommit });
  } finally {
    signal.removeEventListener("abort", end);
  }
}
