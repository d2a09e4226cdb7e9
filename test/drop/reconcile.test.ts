import { expect, test } from "bun:test";
import { startTestCluster } from "../support/cluster.ts";
import { makeDropScene } from "../support/drop-scene.ts";
import { ask } from "../support/postgres-target.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { custody, documentOf, lastLine } from "../support/run-custody.ts";

const cluster = await startTestCluster(15);

test("by itself, over the targets and the ledger of a configuration", async () => {
  using folder = temporaryFolder();
  const scene = await makeDropScene(cluster, { folder: folder.path });
  const reconcile = (...flags: readonly string[]) =>
    custody(["drop", "reconcile", "--config", scene.config, ...flags]);
  await scene.createTenant("shop");

  const first = await reconcile();
  expect(first).toMatchObject({ code: 0, stderr: "" });
  expect(first.stdout).toContain("for the first time: nobody is accused");
  expect(lastLine(first.stdout)).toBe("RECONCILED targets=1");

  await ask(cluster.settings, "drop database db_shop");
  const found = await reconcile();
  expect(found.code).toBe(1);
  expect(found.stdout).toMatch(
    /UNATTRIBUTED customers: database db_shop \(\d+\) seen last at .*, and no drop explains it/,
  );
  expect(lastLine(found.stdout)).toBe("UNRECONCILED findings=1");
  expect(await reconcile()).toMatchObject({ code: 0 });

  const flown = await reconcile("--canary", "--output", "json");
  expect(flown.code).toBe(0);
  const { verdict, findings } = documentOf(flown) as { verdict: string; findings: { class: string }[] };
  expect(verdict).toBe("reconciled");
  expect(findings.map((each) => each.class)).toEqual([
    "canary-made",
    "canary-dropped",
    "loss-unattributed",
    "canary-heard",
  ]);
  // It was told once; the chain still has it, and says nothing of the canary.
  const listed = await reconcile("--findings");
  expect(listed).toMatchObject({ code: 0, stderr: "" });
  expect(listed.stdout).toMatch(
    /TOLD +FINDING +TARGET +TYPE +NAME +ID +DROP +SEEN LAST\n\S+ \S+ +UNATTRIBUTED +customers +database +db_shop +\d+ +- +\d{4}-/,
  );
  expect(listed.stdout).not.toContain("custody_canary_");
  const recent = await reconcile("--findings", "--since", "1h", "--output", "json");
  expect(documentOf(recent)).toMatchObject({
    verdict: "listed",
    has_more: false,
    findings: [
      {
        class: "loss-unattributed",
        target: "customers",
        part: "database",
        name: "db_shop",
        seq: 1,
        drop_id: null,
      },
    ],
  });
  expect(lastLine((await reconcile("--findings", "--since", "0s")).stdout)).toBe("no findings");
  for (const wrong of [
    ["--since", "7d"],
    ["--findings", "--canary"],
    ["--findings", "--since", "soon"],
  ])
    expect((await reconcile(...wrong)).code).toBe(2);
  const events = await ask(
    scene.ledger,
    "select details ->> 'canary' as canary from audit_events order by seq",
  );
  expect(events.map(({ canary }) => canary)).toEqual(["false", "true"]);
});

test("a target that cannot be seen, and one that is not there", async () => {
  using folder = temporaryFolder();
  const scene = await makeDropScene(cluster, {
    folder: folder.path,
    name: "ledger2",
  });
  const text = await Bun.file(scene.config).text();
  await Bun.write(
    scene.config,
    `${text}  - { name: gone, kind: postgres, url: "host=/nonexistent user=x dbname=x" }\n`,
  );
  const told = await custody(["drop", "reconcile", "--config", scene.config, "--output", "json"]);
  expect(told.code).toBe(3);
  expect(documentOf(told)).toMatchObject({
    verdict: "unseen",
    targets: [expect.objectContaining({ name: "customers" })],
    unseen: [{ name: "gone", error: expect.stringContaining("/nonexistent") }],
  });
  const wrong = await custody(["drop", "reconcile", "--config", scene.config, "--target", "nothing"]);
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain("no target is named nothing");
});
