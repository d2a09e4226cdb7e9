import { afterAll, describe, expect, test } from "bun:test";
import { startTestCluster } from "../support/cluster.ts";
import { strangerRole } from "../support/chain-database.ts";
import { bothKinds, prepareBoth } from "../support/either-chain.ts";
import { pruneChain } from "../support/prune-chain.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { dsnOf } from "../support/run-custody.ts";
import { ran, signerIn } from "../support/signer.ts";
import { tamper } from "../support/verify-chain.ts";
import { connect } from "../../src/postgres/connect.ts";

/** A role that may read the chain's two tables, and nothing else. */

const cluster = await startTestCluster(15);
await prepareBoth(cluster);
const temporary = temporaryFolder();
afterAll(() => temporary[Symbol.dispose]());

describe.each(bothKinds)(
  "a role with SELECT on the two tables of a chain of $profile's",
  ({ profile, create, append, origin }) => {
    const isOurs = profile === "custody";

    test("verifies it, with several jobs and a checkpoint too; what it cannot check is named", async () => {
      await using chain = await create(cluster);
      await append(chain.admin, 7);
      const signer = await signerIn(temporary.path, `${profile}-signer`);
      await signer.checkpoint(chain.settings, profile, ...origin);
      await chain.admin.sql.unsafe(
        `revoke all on schema public from public; grant usage on schema public to ${strangerRole};
       grant select on audit_events, audit_chain_head to ${strangerRole}`,
      );
      const settings = { ...chain.settings, user: strangerRole };
      for (const more of [[], ["--jobs", "2"]]) {
        const told = await signer.verify(settings, [profile], ...more);
        expect(told).toMatchObject({
          code: 0,
          document: { verdict: "clean", row_count: 7, unanchored_rows: 0 },
        });
        const notes = told.document["notes"] as readonly string[];
        expect(notes.some((each) => each.includes("audit_chain_pruned"))).toBe(isOurs);
        expect(notes.some((each) => each.includes("superuser"))).toBe(false);
      }
      await tamper(chain.admin, "update audit_events set actor = 'x' where id = 'e4'");
      expect(await signer.verify(settings, [profile])).toMatchObject({
        code: 1,
        document: { findings: [{ class: "altered", position: 3 }] },
      });
    });

    test("finds that the head is gone", async () => {
      await using chain = await create(cluster);
      await append(chain.admin, 3);
      await chain.admin.sql.unsafe(`grant select on audit_events, audit_chain_head to ${strangerRole}`);
      await tamper(chain.admin, "delete from audit_chain_head");
      const signer = await signerIn(temporary.path, `${profile}-headless`);
      expect(await signer.verify({ ...chain.settings, user: strangerRole }, [])).toMatchObject({
        code: 1,
        document: {
          verdict: "broken",
          findings: expect.arrayContaining([
            expect.objectContaining({ class: "head-mismatch", detail: "the head is missing" }),
          ]),
        },
      });
    });

    test("that may not ask for the cluster's identity is told that no restore can be told", async () => {
      await using chain = await create(cluster);
      await append(chain.admin, 3);
      const signer = await signerIn(temporary.path, `${profile}-other`);
      await signer.checkpoint(chain.settings, `${profile}-other`, ...origin);
      await chain.admin.sql.unsafe(
        `grant select on audit_events, audit_chain_head to ${strangerRole}; revoke execute on function pg_control_system() from public`,
      );
      const told = await signer.verify({ ...chain.settings, user: strangerRole }, [`${profile}-other`]);
      expect(told).toMatchObject({ code: 0, document: { chain: { cluster: null } } });
      expect(JSON.stringify(told.document["notes"])).toContain("identity");
    });

    test.each([
      ["the events", "audit_chain_head", "audit_events"],
      ["the head", "audit_events", "audit_chain_head"],
    ])("but not on %s is told so", async (_, granted, missing) => {
      await using chain = await create(cluster);
      await append(chain.admin, 3);
      await chain.admin.sql.unsafe(`grant select on ${granted} to ${strangerRole}`);
      const { code, document } = await ran(
        "chain",
        "verify",
        "--db-url",
        dsnOf(chain.settings, strangerRole),
      );
      expect([code, document]).toMatchObject([
        3,
        { verdict: "not-verified", row_count: null, error: { code: "permission-denied" } },
      ]);
      expect((document["error"] as { message: string }).message).toContain(missing);
    });

    test("of some columns only is told so", async () => {
      await using chain = await create(cluster);
      await append(chain.admin, 3);
      await chain.admin.sql.unsafe(
        `grant select on audit_chain_head to ${strangerRole}; grant select (id, actor, row_hash) on audit_events to ${strangerRole}`,
      );
      expect(await ran("chain", "verify", "--db-url", dsnOf(chain.settings, strangerRole))).toMatchObject({
        code: 3,
        document: {
          error: {
            code: "permission-denied",
            hint: expect.stringContaining(
              'GRANT SELECT ON "public"."audit_events", "public"."audit_chain_head"',
            ),
          },
        },
      });
    });
  },
);

test("a role that may not append is told how it may", async () => {
  const [custody] = bothKinds;
  await using chain = await custody!.create(cluster);
  const event = ["--actor", "ann", "--action", "thing.made", "--resource", "thing/1"];
  expect(
    await ran("chain", "append", "--db-url", dsnOf(chain.settings, strangerRole), ...event),
  ).toMatchObject({
    code: 3,
    document: {
      error: {
        code: "permission-denied",
        hint: expect.stringContaining("custody chain init --appender ROLE"),
      },
    },
  });
});

test("a pruned chain needs its prunings, and the error says which grant", async () => {
  const [custody] = bothKinds;
  await using chain = await custody!.create(cluster);
  await custody!.append(chain.admin, 5);
  await pruneChain(chain.admin, 2);
  await chain.admin.sql.unsafe(`grant select on audit_events, audit_chain_head to ${strangerRole}`);
  const told = await ran("chain", "verify", "--db-url", dsnOf(chain.settings, strangerRole));
  expect(told).toMatchObject({ code: 3, document: { error: { code: "permission-denied" } } });
  expect(JSON.stringify(told.document["error"])).toContain("GRANT SELECT");
  await using session = await connect(chain.settings, { applicationName: "test" });
  await session.sql.unsafe(`grant select on audit_chain_pruned to ${strangerRole}`);
  expect(await ran("chain", "verify", "--db-url", dsnOf(chain.settings, strangerRole))).toMatchObject({
    code: 0,
  });
});
