import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Drop } from "../../src/chokepoint/drop.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";
import { newDrop, openTestLedger, stepTo } from "./ledger.ts";

/** A custody in a process of its own that records a drop, keeps its claim, and starts it when it is told to. */
export interface LedgerProcess extends Disposable {
  readonly drop: Drop;
  /** What the step came to: `moved`, `stale` …, or the code of an error. */
  step(): Promise<string>;
  /** Resolves when its claim is lost. */
  lost(): Promise<void>;
  signal(signal: "SIGSTOP" | "SIGCONT" | "SIGKILL"): void;
}

export async function startLedgerProcess(
  settings: ConnectionSettings,
  options: { readonly leaseMs: number },
): Promise<LedgerProcess> {
  const child = spawn(process.execPath, [import.meta.path, JSON.stringify({ settings, ...options })], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout });
  const waiting = new Map<string, PromiseWithResolvers<string>>();
  const said = (word: string): PromiseWithResolvers<string> => {
    const found = waiting.get(word) ?? Promise.withResolvers<string>();
    waiting.set(word, found);
    return found;
  };
  lines.on("line", (line) => {
    const [word = "", rest = ""] = line.split(/ (.*)/s);
    said(word).resolve(rest);
  });
  const { dropId } = JSON.parse(await said("recorded").promise) as { dropId: string };
  return {
    drop: newDrop({ dropId }),
    step() {
      waiting.delete("step");
      child.stdin.write("step\n");
      return said("step").promise;
    },
    async lost() {
      await said("lost").promise;
    },
    signal: (signal) => void child.kill(signal),
    [Symbol.dispose]() {
      child.kill("SIGKILL");
    },
  };
}

if (import.meta.main) {
  const { settings, leaseMs } = JSON.parse(process.argv[2] ?? "") as {
    settings: ConnectionSettings;
    leaseMs: number;
  };
  const ledger = await openTestLedger(settings, { leaseMs });
  const { drop } = await ledger.record(newDrop());
  const claim = ledger.keepAlive(drop.dropId, drop.epoch);
  claim.lost.addEventListener("abort", () => console.log("lost"));
  console.log(`recorded ${JSON.stringify({ dropId: drop.dropId })}`);
  for await (const _line of createInterface({ input: process.stdin })) {
    const result = await ledger.step(stepTo(drop, "started")).catch((error: Error) => error);
    console.log(`step ${result instanceof Error ? result.name : result.moved ? "moved" : result.why}`);
  }
}
