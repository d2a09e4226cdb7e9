import { expect, test } from "bun:test";
import { connect } from "../../src/postgres/connect.ts";
import type { ScratchCluster } from "../../src/postgres/scratch-cluster.ts";
import { freshDatabase, majors, startTestCluster } from "../support/cluster.ts";
import { bothKinds, prepareBoth } from "../support/either-chain.ts";
import type { ChainKind } from "../support/either-chain.ts";
import { pruneChain } from "../support/prune-chain.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { custody, dsnOf, documentOf } from "../support/run-custody.ts";
import { signerIn } from "../support/signer.ts";
import type { Ran } from "../support/signer.ts";
import { tamper } from "../support/verify-chain.ts";

/** The same commands against PostgreSQL 14 to 18: the same documents, but for what names the server or is random. */

const clusters = await Promise.all(
  majors.map(async (major) => [major, await startTestCluster(major)] as const),
);
for (const [, cluster] of clusters) await prepareBoth(cluster);

type Told = readonly (readonly [step: string, code: number, document: unknown])[];

/** Addresses, versions, identifiers and hashes are not compared. */
function plain(document: Readonly<Record<string, unknown>>): unknown {
  const { run: _run, ...rest } = document;
  return JSON.parse(
    JSON.stringify(rest, (name, value: unknown) =>
      ["address", "server_version", "cluster", "chain_id", "origin", "path", "checkpoint", "server"].includes(
        name,
      )
        ? null
        : value,
    )
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/g, "<uuid>")
      .replaceAll(/[0-9a-f]{16,64}(?=…|")/g, "<hash>")
      .replaceAll(/\+[0-9a-f]{8}\+[A-Za-z0-9+/]{43,44}=?/g, "+<key>")
      .replaceAll(/custody_[0-9a-f]{12}/g, "<superuser>")
      .replaceAll(/\/tmp\/[^" ]*/g, "<path>"),
  );
}

const edits: readonly (readonly [string, (kind: ChainKind) => string])[] = [
  ["a text changed", () => "update audit_events set actor = 'x' where id = 'e4'"],
  ["details changed", () => "update audit_events set details = '[]' where id = 'e2'"],
  ["a row deleted", () => "delete from audit_events where id = 'e5'"],
  ["its tail cut and the head mended", ({ cut }) => cut(7)],
  [
    "rewritten by its owner",
    ({ remember, mend }) => `${remember}; update audit_events set actor = 'x' where id = 'e3'; ${mend}`,
  ],
  ["truncated", () => "truncate audit_events"],
  ["the head deleted", () => "delete from audit_chain_head"],
  ["row security", () => "alter table audit_events enable row level security"],
];

async function story(kind: ChainKind, cluster: ScratchCluster): Promise<Told> {
  using folder = temporaryFolder();
  const told: (readonly [string, number, unknown])[] = [];
  const tell = (step: string, { code, document }: Ran): void => void told.push([step, code, plain(document)]);
  const signer = await signerIn(folder.path, "signer");
  const files = ["one"];
  {
    await using chain = await kind.create(cluster);
    await Promise.all(
      Array.from({ length: 4 }, async (_, writer) => {
        const session = await chain.open();
        for (let batch = 0; batch < 5; batch += 1) await kind.append(session, 3, `w${writer}-${batch}-`);
      }),
    );
    tell("concurrent writers", await signer.verify(chain.settings, []));
    tell("jobs", await signer.verify(chain.settings, [], "--jobs", "2"));
  }
  {
    await using chain = await kind.create(cluster);
    await kind.append(chain.admin, 9);
    tell("checkpoint", await signer.checkpoint(chain.settings, files[0]!, ...kind.origin));
    tell("clean", await signer.verify(chain.settings, files));
    if (kind.profile === "custody") {
      await chain.admin.sql.unsafe("select public.audit_events_redact('e6', 'asked for')");
      tell("redacted", await signer.verify(chain.settings, files));
      await pruneChain(chain.admin, 4);
      tell("pruned", await signer.verify(chain.settings, files, "--jobs", "2"));
    }
  }
  for (const [step, statements] of edits) {
    await using chain = await kind.create(cluster);
    await kind.append(chain.admin, 9);
    const own = await signerIn(folder.path, step.replaceAll(" ", "-"));
    await own.checkpoint(chain.settings, step, ...kind.origin);
    await tamper(chain.admin, statements(kind));
    tell(step, await own.verify(chain.settings, [step]));
  }
  return told;
}

test.each([...bothKinds])(
  "a chain of $profile's gives the same documents on PostgreSQL 14 to 18",
  async (kind) => {
    const [first, ...others] = clusters;
    const expected = await story(kind, first![1]);
    expect(expected.filter(([, code]) => code === 0).map(([step]) => step)).toContain("clean");
    for (const [major, cluster] of others)
      expect([major, await story(kind, cluster)]).toEqual([major, expected]);
  },
  300_000,
);

test("chain init and chain append say the same on each", async () => {
  const stories: unknown[] = [];
  for (const [, cluster] of clusters) {
    await using database = await freshDatabase(cluster);
    const dsn = dsnOf(database.settings);
    const event = [
      "--actor",
      "ann",
      "--action",
      "thing.made",
      "--resource",
      "thing/1",
      "--details",
      '{"a": 1.50}',
    ];
    const documents: unknown[] = [];
    for (const args of [["init"], ["init"], ["append", ...event], ["append", ...event], ["verify"]]) {
      const ran = await custody(["chain", ...args, "--db-url", dsn, "--output", "json"]);
      documents.push([ran.code, plain(documentOf(ran))]);
    }
    await using session = await connect(database.settings, { applicationName: "test" });
    documents.push(...(await session.sql`select details::text from audit_events`));
    stories.push(documents);
  }
  expect(stories[0]).toMatchObject([
    [0, {}],
    [0, {}],
    [0, {}],
    [0, {}],
    [0, { verdict: "clean", row_count: 2 }],
    {},
    {},
  ]);
  for (const each of stories) expect(each).toEqual(stories[0]);
}, 120_000);
