import { connect } from "../../postgres/connect.ts";
import type { Session } from "../../postgres/connect.ts";
import { restoreRoleName } from "./made.ts";
import type { Made } from "./made.ts";

/** A database that is ours, under the name that it keeps for as long as this is not disposed of. */
interface PinnedDatabase extends AsyncDisposable {
  readonly name: string;
}

const maxTries = 20;

/**
 * Sits in a database of ours, whatever it is called by now: nobody renames one that somebody is in, and a drop by force has taken its
 * lock before it ends who is in it. So a drop by that name hits no other that has got the name meanwhile. Null: there is none of ours
 * (any more). Throws when it cannot get in.
 */
export async function pinOwnDatabase(admin: Session, made: Made): Promise<PinnedDatabase | null> {
  for (let tries = 1; ; tries++) {
    const [own] = await ownDatabases(admin, made);
    if (own === undefined) return null;
    // Nobody can connect to it, nor rename it: a drop of it was cut off.
    if (own.isHalfDropped) return { name: own.name, [Symbol.asyncDispose]: () => Promise.resolve() };
    try {
      await using stack = new AsyncDisposableStack();
      const inside = stack.use(
        await connect(
          { ...admin.settings, database: own.name },
          { applicationName: made.session, parameters: { search_path: "" } },
        ),
      );
      const [here] = await inside.sql<{ name: string }[]>`select pg_catalog.current_database() as name`;
      const ours = await ownDatabases(inside, made);
      // It was renamed before we were in, and another has its name.
      if (!ours.some(({ name }) => name === here?.name)) continue;
      const kept = stack.move();
      return { name: own.name, [Symbol.asyncDispose]: () => kept.disposeAsync() };
    } catch (error) {
      if (tries >= maxTries) throw error;
    }
  }
}

/** By what they are: of an OID that was noted, or of the role that nothing but this restore has. */
async function ownDatabases(
  session: Session,
  made: Made,
): Promise<readonly { readonly name: string; readonly isHalfDropped: boolean }[]> {
  const oids = `{${[...(made.oids ?? [])].join(",")}}`;
  return await session.sql<{ name: string; isHalfDropped: boolean }[]>`
    select datname as name, datconnlimit = -2 as "isHalfDropped" from pg_catalog.pg_database
     where oid = any (${oids}::text::pg_catalog.oid[])
        or datdba = (select oid from pg_catalog.pg_roles where rolname = ${restoreRoleName(made)}::name)`;
}
