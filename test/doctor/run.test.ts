import { describe, expect, test } from "bun:test";
import { InterruptedError, OpsError } from "../../src/errors.ts";
import type { DoctorEvent, DoctorVerdict } from "../../src/doctor/events.ts";
import { doctor } from "../../src/doctor/feature.ts";
import type { DatabaseExamination, DoctorPorts, ScratchTrial } from "../../src/doctor/ports.ts";
import { execute } from "../../src/run/execute.ts";

const complete = ["initdb", "postgres", "pg_ctl", "pg_dump", "pg_restore", "psql", "pg_dumpall"];

const database: DatabaseExamination = {
  address: "postgres://ann@h:5432/shop",
  serverVersion: "15.4",
  major: 15,
  encoding: "UTF8",
  sizeBytes: 5e9,
  isStandby: false,
  isEncrypted: true,
  role: "ann",
  isSuperuser: false,
  readsAllData: true,
  canReplicate: false,
  canCreateDatabases: false,
  tables: 3,
  unreadable: [],
  unreadableObjects: [],
  hidden: [],
  preparedTransactions: [],
  notes: [],
};

const trial: ScratchTrial = {
  version: "15.18",
  tools: "15.18 (/bin)",
  user: "postgres",
  isIsolated: true,
  startMs: 100,
  freeBytes: 1e11,
  folder: "/tmp",
};

function ports(change: Partial<DoctorPorts> = {}): DoctorPorts {
  return {
    findInstallations: async () => [
      { binDir: "/b", version: "15.18", major: 15, origin: "debian", tools: complete },
    ],
    findServers: async () => [{ address: "/tmp/.s.PGSQL.5432", port: 5432, offersTls: false }],
    tryScratch: async () => trial,
    examineDatabase: async () => database,
    ...change,
  };
}

const examining = (change: Partial<DatabaseExamination>): DoctorPorts =>
  ports({ examineDatabase: async () => ({ ...database, ...change }) });

async function examine(dbUrl: string | null, given: DoctorPorts) {
  const execution = { signal: new AbortController().signal, observers: [], version: "test" };
  return await execute(doctor, { dbUrl }, given, execution);
}

test("the facts come in the order of the story", async () => {
  const types: string[] = [];
  const story = doctor.run({ dbUrl: "env" }, ports(), new AbortController().signal);
  let verdict: DoctorVerdict | undefined;
  for (;;) {
    const step: IteratorResult<DoctorEvent, DoctorVerdict> = await story.next();
    if (step.done === true) {
      verdict = step.value;
      break;
    }
    types.push("step" in step.value ? `${step.value.type} ${step.value.step}` : step.value.type);
  }
  expect(verdict).toBe("well");
  expect(types).toEqual([
    "step-started programs",
    "step-finished programs",
    "installations-found",
    "diagnosed",
    "step-started servers",
    "step-finished servers",
    "servers-found",
    "step-started database",
    "step-finished database",
    "database-examined",
    "diagnosed",
    ...Array.from({ length: 5 }, () => "diagnosed"),
    "step-started scratch",
    "step-finished scratch",
    "scratch-tried",
    "diagnosed",
  ]);
});

test("all is well: exit code 0", async () => {
  const report = await examine("env", ports());
  expect(report).toMatchObject({ verdict: "well", exitCode: 0, error: null });
  expect(report.summary.at(-1)?.text).toBe("WELL checks=8");
  expect(report.document["missing"]).toEqual([]);
});

test("without a database, only the machine is looked at", async () => {
  const report = await examine(
    null,
    ports({ examineDatabase: () => Promise.reject(new Error("not asked for")) }),
  );
  expect(report).toMatchObject({ verdict: "well", exitCode: 0 });
  expect(report.document["database"]).toBeNull();
});

describe("unwell: exit code 1, with the remedy", () => {
  const cases: readonly (readonly [name: string, given: DoctorPorts, check: string, remedy: RegExp])[] = [
    [
      "programs missing",
      ports({
        findInstallations: async () => [
          { binDir: "/b", version: "18.4", major: 18, origin: "npm", tools: ["initdb", "postgres"] },
        ],
      }),
      "PostgreSQL programs",
      /install.*client/,
    ],
    [
      "no throwaway server",
      ports({
        tryScratch: () =>
          Promise.reject(new OpsError("tool-missing", "no initdb", "install it: apt-get install postgresql")),
      }),
      "smoke can run here",
      /apt-get install postgresql/,
    ],
    [
      "no room",
      ports({ tryScratch: async () => ({ ...trial, freeBytes: 1e9 }) }),
      "smoke can run here",
      /TMPDIR.*5\.0 GB/,
    ],
    ["an old server", examining({ major: 13, serverVersion: "13.9" }), "server version", /upgrade/],
    [
      "a large object that cannot be read",
      examining({ unreadableObjects: [77] }),
      "every large object can be read",
      /GRANT SELECT ON LARGE OBJECT 77 TO "ann"/,
    ],
    [
      "a table that cannot be read",
      examining({ unreadable: ["public.secret"] }),
      "every table can be read",
      /GRANT pg_read_all_data TO "ann"/,
    ],
    ["rows that are hidden", examining({ hidden: ["public.t"] }), "every row can be read", /BYPASSRLS/],
    [
      "a forgotten prepared transaction",
      examining({
        preparedTransactions: [
          { name: "it's", owner: "ann", database: "shop", ageSeconds: 4000, blocksChain: false },
        ],
      }),
      "no forgotten prepared transaction",
      /ROLLBACK PREPARED 'it''s'/,
    ],
    [
      "a young one that holds the head of a chain",
      examining({
        preparedTransactions: [
          { name: "tx", owner: "ann", database: "shop", ageSeconds: 1, blocksChain: true },
        ],
      }),
      "no forgotten prepared transaction",
      /COMMIT PREPARED/,
    ],
  ];
  test.each(cases)("%s", async (_, given, check, remedy) => {
    const report = await examine("env", given);
    expect(report).toMatchObject({ verdict: "unwell", exitCode: 1, error: null });
    const failed = report.checks.filter(({ outcome }) => outcome === "failed");
    expect(failed.map(({ name }) => name)).toEqual([check]);
    expect(failed[0]?.detail).toMatch(remedy);
    expect(report.summary.at(-1)?.text).toStartWith("NOT WELL failed=1");
  });

  test("a young prepared transaction of somebody's transaction manager is none", async () => {
    const young = { name: "tx", owner: "ann", database: "shop", ageSeconds: 2, blocksChain: false };
    const report = await examine("env", examining({ preparedTransactions: [young] }));
    expect(report.verdict).toBe("well");
    expect(report.document["database"]).toMatchObject({
      prepared_transactions: [{ name: "tx", blocks_chain: false }],
    });
  });
});

describe("could not run", () => {
  test("a database that cannot be reached: exit code 3, and all that is known of the machine", async () => {
    const unreachable = new OpsError("unreachable", "cannot reach h", "start it");
    const report = await examine("env", ports({ examineDatabase: () => Promise.reject(unreachable) }));
    expect(report).toMatchObject({ verdict: "not-run", exitCode: 3, error: { code: "unreachable" } });
    expect(report.document["installations"]).toHaveLength(1);
    expect(report.document["scratch"]).toMatchObject({ server_version: "15.18" });
  });

  test("interrupted: exit code 130", async () => {
    const stop = new AbortController();
    const given = ports({
      async findServers() {
        stop.abort();
        return [];
      },
    });
    const story = doctor.run({ dbUrl: null }, given, stop.signal);
    const walk = async (): Promise<void> => {
      for await (const event of story) void event;
    };
    expect(await walk().catch((error: unknown) => error)).toBeInstanceOf(InterruptedError);
  });
});
