import { expect, test } from "bun:test";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../support/run-commands.ts";
import { custody, documentOf } from "../support/run-custody.ts";

interface Found {
  readonly path: string;
  readonly kind: string | null;
  readonly rule: string;
  readonly function: string;
  readonly confidence: string;
}

/** Every destruction in custody's own source, and why it is fine. */
const known: readonly (readonly [place: string, why: string])[] = [
  [
    "smoke/adapters/scratch-server.ts database dropDatabase",
    "drops a database that this run made on the scratch server, by the name that it gave it",
  ],
  [
    "backup/restore/give-back.ts database whatToDrop",
    "gives back what a restore made: only names that its own ledger holds",
  ],
  ["backup/restore/give-back.ts role whatToDrop", "the same, for the roles that it made"],
  [
    "backup/restore/give-to-powerful.ts owned giveToPowerful",
    "a stand-in that this restore made: what it owned is the real role's by then, its privileges alone are dropped",
  ],
  [
    "chokepoint/reconcile/drop-canary.ts database dropCanary",
    "goes round guardedDrop on purpose, so that the alarm is heard: only a name of a canary's, and the oid that custody itself made",
  ],
  ["chokepoint/reconcile/drop-canary.ts role dropCanary", "the same, for a role that is a canary"],
  ["lockdown/acl-rules.ts acl-user ", "rules that lockdown prints, and that nobody runs"],
  [
    "chokepoint/backends/command/inspect-server.ts server inspectServer",
    "runs the operator's own program for inspect, which only looks, and which a dry run asks as well",
  ],
  [
    "backup/restore/prepare-database.ts schema prepareDatabase",
    "makes room for the archive's own schema public, in a database that was created a moment before; without CASCADE",
  ],
];

/** The scanner's words for what it looks for: patterns, labels, examples of its rules. Nothing there runs. */
const vocabulary = /^(?:scan|destruction)\//;

const source = join(import.meta.dirname, "../../src");
const policy = join(import.meta.dirname, "../fixtures/own-source/custody.yaml");

async function scanSource(folder = source): Promise<readonly Found[]> {
  const said = documentOf(
    await custody(["scan", folder, "--no-cache", "--config", policy, "--output", "json"]),
  );
  expect(said["unparsed"]).toEqual([]);
  const found = said["findings"] as readonly Found[];
  return found.map((each) => ({ ...each, path: each.path.replace(/^.*?\/src\//, "") }));
}

test("custody's own source destroys what is listed here, and else nothing but through guardedDrop", async () => {
  const found = await scanSource();
  const places = found
    .filter(({ path }) => !vocabulary.test(path))
    .map((each) => `${each.path} ${each.rule} ${each.function}`);
  expect(places.toSorted()).toEqual(known.map(([place]) => place).toSorted());
  // What it looks for is written down there and handed around: to be sure of a drop there would be to be wrong.
  const sure = found.filter(
    ({ path, kind, confidence }) => vocabulary.test(path) && kind !== null && confidence === "high",
  );
  expect(sure).toEqual([]);
}, 100_000);

/** A way round for each backend, as somebody in a hurry would write it, and what it is found as. */
const waysRound: readonly (readonly [import_: string, call: string, rule: string])[] = [
  ['{ dropRole } from "./backends/postgres/role/drop-role.ts"', "dropRole(hold, plan)", "bypass"],
  ['{ dropResource } from "./backends/mongo/destroy.ts"', "dropResource(hold, plan)", "bypass"],
  ['{ removeKeys } from "./backends/redis/move-keys.ts"', "removeKeys(hold.work, plan.prefix)", "keys"],
  ['type { Link } from "./backends/redis/link.ts"', 'hold.ask(["ACL", "DELUSER", plan.user])', "acl-user"],
  ['{ destroyPlace } from "./backends/nats/destroy.ts"', "destroyPlace(hold, plan.permit, plan)", "stream"],
  ['type { JetStream } from "./backends/nats/api.ts"', "hold.tell(`STREAM.DELETE.${plan.stream}`)", "stream"],
  [
    '{ runProgram } from "./backends/command/run-program.ts"',
    "runProgram({ ...hold, argv: plan.argv })",
    "server",
  ],
];

test("a way round guardedDrop is found where somebody adds one, on every backend", async () => {
  using folder = temporaryFolder();
  const copy = join(folder.path, "src");
  for (const part of ["chokepoint", "postgres", "run", "errors.ts"])
    cpSync(join(source, part), join(copy, part), { recursive: true });
  for (const [index, [import_, call]] of waysRound.entries())
    writeFileSync(
      join(copy, `chokepoint/reap-${index}.ts`),
      `import ${import_};\nexport async function reapLeaked(hold, plan) {\n  await ${call};\n}\n`,
    );
  const found = await scanSource(copy);
  const ways = found.flatMap((each) =>
    each.path.includes("/reap-") ? [`${each.path} ${each.rule} ${each.function}`] : [],
  );
  const planted = waysRound.map(([, , rule], index) => `chokepoint/reap-${index}.ts ${rule} reapLeaked`);
  expect(ways.toSorted()).toEqual(planted.toSorted());
  expect(found.filter(({ rule, path }) => rule === "bypass" && !path.includes("/reap-"))).toEqual([]);
}, 100_000);
