import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { createBreakers } from "../../src/chokepoint/breakers.ts";
import { openChokepoint } from "../../src/chokepoint/chokepoint.ts";
import { openTargets } from "../../src/chokepoint/open-targets.ts";
import type { WireStatement } from "../../src/chokepoint/statements/statement.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";
import { openTestLedger } from "./ledger.ts";
import { targetPolicy } from "./postgres-target.ts";
import { dba } from "./statements.ts";

interface Task {
  readonly ledger: ConnectionSettings;
  /** URL of the target. */
  readonly url: string;
  readonly statement: WireStatement;
}

/** A custody in a process of its own that lets a statement through, or holds it, and never says how it ended. */
export interface StatementProcess extends Disposable {
  readonly dropId: string;
  /** Resolves when the process is gone. */
  kill(): Promise<void>;
}

/** Resolves when the statement is started, or held. */
export async function startStatementProcess(task: Task): Promise<StatementProcess> {
  const child = spawn(process.execPath, [import.meta.path, JSON.stringify(task)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const [dropId] = await Promise.race([
    new Promise<[string]>((resolve) => {
      createInterface({ input: child.stdout }).once("line", (line) => resolve([line]));
    }),
    gone.then((): [string] => [""]),
  ]);
  if (dropId === "") throw new Error("the process ended before its statement was started");
  return {
    dropId,
    async kill() {
      child.kill("SIGKILL");
      await gone;
    },
    [Symbol.dispose]: () => void child.kill("SIGKILL"),
  };
}

if (import.meta.main) {
  const { ledger: settings, url, statement } = JSON.parse(process.argv[2] ?? "") as Task;
  const usual = targetPolicy(url, "off");
  const policy = { ...usual, approval: { ...usual.approval, expiresMs: 60_000 } };
  const never = new AbortController().signal;
  const chokepoint = openChokepoint(
    {
      targets: await openTargets([policy], { env: process.env, jobs: 1 }),
      ledger: await openTestLedger(settings, { instanceName: "killed" }),
      tombstones: {
        folderOf: () => "",
        requireSpace: () => Promise.resolve(),
        prepare: () => Promise.resolve(""),
        digest: () => Promise.resolve(""),
        check: () => Promise.resolve(),
        encrypt: () => Promise.resolve(),
        openPlain: () => Promise.reject(new Error("there is none")),
        remove: () => Promise.resolve(),
      },
      terminality: { ask: () => Promise.resolve(null) },
      breakers: createBreakers([policy]),
      now: () => new Date(),
      newDropId: () => crypto.randomUUID(),
    },
    {
      stop: never,
      tombstonesAtOnce: 1,
      pollMs: 60_000,
      rounds: { look: async () => [], findings: async () => ({ findings: [], hasMore: false }) },
      warn: () => undefined,
      onContradicted: () => undefined,
      onBug: () => undefined,
    },
  );
  const tell = (dropId: string): void => void process.stdout.write(`${dropId}\n`);
  const answer = await chokepoint.statement(statement, dba, {
    signal: never,
    notice: (held) => tell(held.dropId),
  });
  if (answer.kind === "refused") throw new Error(answer.refusal.reason);
  tell(answer.dropId);
  // Killed here.
  process.stdin.resume();
}
