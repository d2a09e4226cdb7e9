import { afterAll, describe, expect, test } from "bun:test";
import { connect } from "../../src/postgres/connect.ts";
import { freshDatabase, run, startTestCluster } from "../support/cluster.ts";
import { bothKinds, prepareBoth } from "../support/either-chain.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { dsnOf } from "../support/run-custody.ts";
import { ran, signerIn } from "../support/signer.ts";

/** What the owner of a database may set for all who connect to it, a superuser among them. */

const cluster = await startTestCluster(15);
await prepareBoth(cluster);
const temporary = temporaryFolder();
afterAll(() => temporary[Symbol.dispose]());

/** Every operator of the server once more, in a schema that is searched first: what uses one of them fails. */
const shadowed = `
  create schema evil;
  do $$ declare o record; n int := 0; begin
    for o in select oprname, oprleft::regtype::text as l, oprright::regtype::text as r from pg_operator
              where oprkind = 'b' and not exists (select from pg_type where oid in (oprleft, oprright) and typtype = 'p') loop
      n := n + 1;
      execute format('create function evil.f%s(%s, %s) returns boolean language plpgsql as %L', n, o.l, o.r,
                     format('begin raise exception ''%s ran as %%'', current_user; end', replace(o.oprname, '%', '%%')));
      execute format('create operator evil.%s (leftarg = %s, rightarg = %s, function = evil.f%s)', o.oprname, o.l, o.r, n);
    end loop;
  end $$`;

test("a chain that is installed where names are always quoted, and one that is restored so, is recognised", async () => {
  await using database = await freshDatabase(cluster);
  const { name, settings } = database;
  const admin = async (statement: string): Promise<void> => run(cluster, statement);
  await admin(`alter database "${name}" set quote_all_identifiers = on`);
  await admin(`alter database "${name}" set bytea_output = escape`);
  const at = ["--db-url", dsnOf(settings)];
  expect(await ran("chain", "init", ...at)).toMatchObject({ code: 0 });
  const append = ["append", ...at, "--actor", "ann", "--action", "came", "--resource", "door/1"];
  expect(await ran("chain", ...append, "--id", "mine")).toMatchObject({ code: 0 });
  expect(await ran("chain", "verify", ...at)).toMatchObject({ code: 0, document: { findings: [] } });
  await using session = await connect(settings, { applicationName: "test" });
  // As pg_restore does, with the setting on.
  await session.sql.unsafe("alter function audit_events_link() set search_path to 'pg_catalog', 'pg_temp'");
  expect(await ran("chain", "verify", ...at)).toMatchObject({ code: 0, document: { findings: [] } });
  expect(await ran("chain", "redact", "mine", ...at, "--reason", "asked")).toMatchObject({ code: 0 });
});

describe.each(bothKinds)(
  "a chain of $profile's in a hostile database",
  ({ profile, create, append, origin }) => {
    test("no operator of the owner's runs, and every definition is recognised", async () => {
      await using chain = await create(cluster);
      await append(chain.admin, 5);
      const name = chain.settings.database;
      await chain.admin.sql.unsafe(shadowed);
      await chain.admin.sql.unsafe(
        `alter database "${name}" set search_path = evil, pg_catalog, public;
       alter database "${name}" set quote_all_identifiers = on;
       alter database "${name}" set standard_conforming_strings = off`,
      );
      const signer = await signerIn(temporary.path, profile);
      const at = ["--db-url", dsnOf(chain.settings)];
      const commands: readonly (readonly string[])[] = [
        ["init", ...at],
        ["append", ...at, "--actor", "ann", "--action", "came", "--resource", "door/1"],
        ["redact", "e2", ...at, "--reason", "asked"],
      ];
      for (const command of profile === "custody" ? commands : [])
        expect(await ran("chain", ...command)).toMatchObject({ code: 0 });
      expect(await signer.checkpoint(chain.settings, `${profile}.checkpoint`, ...origin)).toMatchObject({
        code: 0,
      });
      for (const jobs of ["1", "2"]) {
        expect(await signer.verify(chain.settings, [`${profile}.checkpoint`], "--jobs", jobs)).toMatchObject({
          code: 0,
          document: { verdict: "clean", findings: [] },
        });
      }
    });
  },
);
