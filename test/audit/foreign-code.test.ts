import { describe, expect, test } from "bun:test";
import { findChain } from "../../src/audit/find-chain.ts";
import { requireGuards } from "../../src/audit/guards/require-guards.ts";
import { verifyChain } from "../../src/audit/verify-chain.ts";
import type { Session } from "../../src/postgres/session.ts";
import { majors, startTestCluster } from "../support/cluster.ts";
import {
  appendRows,
  chainDatabase,
  ownerRole,
  prepareChains,
  strangerRole,
} from "../support/chain-database.ts";
import type { ChainDatabase } from "../support/chain-database.ts";

/** What the planner computes of a table's indexes, statistics and constraints runs with the rights of whoever reads. */

const code = `
  create function public.runs(int) returns boolean language plpgsql immutable as $$ begin
    if current_user <> '${ownerRole}' then raise exception 'ran as %', current_user; end if;
    return true; end $$;
  create domain public.own as int check (public.runs(value));
  create function public.runs(int, int) returns boolean language sql immutable return public.runs($1);
  create operator public.<<< (leftarg = int, rightarg = int, function = public.runs);`;

const hidden = [
  ["an index", "create index i on public.audit_events ((public.runs(1)))"],
  ["an index's condition", "create index i on public.audit_events (actor) where public.runs(1)"],
  ["an index of the head", "create index i on public.audit_chain_head ((public.runs(1)))"],
  ["an index of the prunings", "create index i on public.audit_chain_pruned ((public.runs(1)))"],
  ["an operator", "create index i on public.audit_events ((1 operator(public.<<<) 2))"],
  ["a domain", "create index i on public.audit_events ((1::public.own))"],
  ["statistics", "create statistics s on (public.runs(1)), (public.runs(2)) from public.audit_events"],
] as const;

for (const major of majors) {
  const cluster = await startTestCluster(major);
  await prepareChains(cluster);

  describe(`PostgreSQL ${major}`, () => {
    test.each(hidden)("%s that would run the owner's code is not read", async (_, statement) => {
      await using chain = await chainDatabase(cluster);
      await prepare(chain);
      await chain.sql.unsafe(statement);
      const refused = { code: "foreign-schema", message: expect.stringContaining(`of role ${ownerRole}`) };
      await expect(findings(chain.admin)).rejects.toMatchObject(refused);
      await expect(findings(await chain.open(strangerRole))).rejects.toMatchObject(refused);
      expect(await findings(chain.owner)).toEqual([]);
    });

    test("a trigger that waits for the commit of whoever redacts runs for its owner alone", async () => {
      await using chain = await chainDatabase(cluster);
      await appendRows(chain.owner, 2);
      await chain.sql.unsafe(
        `create function public.audit_events_told() returns trigger language plpgsql as $$ begin return null; end $$;
         create constraint trigger told after update on public.audit_events deferrable initially deferred
           for each row execute function public.audit_events_told()`,
      );
      await expect(requireGuards(chain.admin, "public")).rejects.toMatchObject({
        code: "foreign-schema",
        message: expect.stringContaining(`audit_events_told() of role ${ownerRole} at commit`),
      });
      await requireGuards(chain.owner, "public");
      await chain.admin.sql.unsafe("alter function public.audit_events_told() owner to current_user");
      await requireGuards(chain.admin, "public");
    });

    test("no CHECK runs, and what a superuser vouches for does not stand in the way", async () => {
      await using chain = await chainDatabase(cluster);
      await prepare(chain);
      await chain.sql.unsafe(
        "alter table public.audit_events add constraint own check (public.runs(1) and actor = 'ann')",
      );
      await chain.admin.sql.unsafe(`set constraint_exclusion = on`);
      expect(await findings(chain.admin)).toEqual([]);
      await chain.admin.sql.unsafe(
        `create function public.trusted(text) returns text language sql immutable return lower($1);
         create index i on public.audit_events (public.trusted(actor))`,
      );
      expect(await findings(await chain.open(strangerRole))).toEqual([]);
    });
  });
}

async function prepare(chain: ChainDatabase): Promise<void> {
  await appendRows(chain.owner, 3);
  await chain.sql.unsafe(
    `grant select on public.audit_events, public.audit_chain_head, public.audit_chain_pruned to ${strangerRole}`,
  );
  await chain.admin.sql.unsafe(`grant create on schema public to ${ownerRole}`);
  await chain.sql.unsafe(code);
}

async function findings(session: Session): Promise<readonly unknown[]> {
  await session.sql.unsafe("begin isolation level repeatable read, read only");
  try {
    const place = await findChain(session);
    return place === null ? ["no chain"] : (await verifyChain(session, place)).findings;
  } finally {
    await session.sql.unsafe("rollback");
  }
}
