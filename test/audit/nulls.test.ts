import { describe, expect, test } from "bun:test";
import { startTestCluster } from "../support/cluster.ts";
import { bothKinds, prepareBoth } from "../support/either-chain.ts";
import { classesOf, tamper, verifyIn } from "../support/verify-chain.ts";

/** The owner takes the constraints away and leaves what no row may hold: a finding, never an error that looks like the network's. */

const cluster = await startTestCluster(15);
await prepareBoth(cluster);

const shared = [
  "id",
  "actor",
  "actor_type",
  "action",
  "resource_type",
  "resource_id",
  "timestamp",
  "prev_hash",
  "row_hash",
];
const own = [
  "event_category",
  "recorded_at",
  "recorded_by",
  "details",
  "details_salt",
  "details_hash",
  "seq",
];

describe.each(bothKinds)(
  "in a chain of $profile's, without its constraints",
  ({ profile, create, append }) => {
    const isOurs = profile === "custody";
    test("NULL in any column of any place is found", async () => {
      await using chain = await create(cluster);
      await append(chain.admin, 6);
      const columns = isOurs ? [...shared, ...own] : shared;
      await tamper(
        chain.admin,
        `alter table audit_events drop constraint audit_events_pkey;
       ${columns.map((each) => `alter table audit_events alter "${each}" drop not null`).join(";")}`,
      );
      const before = (await verifyIn(chain.admin)).findingsTotal;
      for (const column of columns) {
        for (const place of [1, 3, 6]) {
          // certctl's first row has none.
          if (!isOurs && column === "prev_hash" && place === 1) continue;
          await tamper(
            chain.admin,
            `create table kept as select * from audit_events; update audit_events set "${column}" = null where id = 'e${place}'`,
          );
          expect([column, place, (await verifyIn(chain.admin)).findingsTotal > before]).toEqual([
            column,
            place,
            true,
          ]);
          await tamper(
            chain.admin,
            "truncate audit_events; insert into audit_events select * from kept; drop table kept",
          );
        }
      }
      expect((await verifyIn(chain.admin)).findingsTotal).toBe(before);
    });

    test("a head of NULLs, several heads, a row twice are found", async () => {
      await using chain = await create(cluster);
      await append(chain.admin, 6);
      const heads = isOurs ? ["row_hash", "seq", "chain_id"] : ["row_hash"];
      await tamper(
        chain.admin,
        `alter table audit_chain_head drop constraint audit_chain_head_pkey; alter table audit_events drop constraint audit_events_pkey;
       ${isOurs ? "alter table audit_events drop constraint audit_events_seq_key;" : ""}
       ${heads.map((each) => `alter table audit_chain_head alter ${each} drop not null`).join(";")}`,
      );
      for (const [statements, expected] of [
        ...heads.map(
          (each) =>
            [
              `update audit_chain_head set ${each} = null`,
              each === "chain_id" ? "missing" : "head-mismatch",
            ] as const,
        ),
        ["insert into audit_chain_head select * from audit_chain_head", "head-mismatch"],
        ["insert into audit_events select * from audit_events where id = 'e3'", "fork"],
      ] as const) {
        await tamper(
          chain.admin,
          `create table kept as select * from audit_events; create table kept_head as select * from audit_chain_head; ${statements}`,
        );
        const found = classesOf(await verifyIn(chain.admin)).map((each) => each.split("@")[0]);
        expect([statements, found]).toEqual([statements, expect.arrayContaining([expected])]);
        await tamper(
          chain.admin,
          `truncate audit_events; insert into audit_events select * from kept; drop table kept;
         truncate audit_chain_head; insert into audit_chain_head select * from kept_head; drop table kept_head`,
        );
      }
    });
  },
);
