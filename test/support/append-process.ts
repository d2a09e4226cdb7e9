import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { openPrivateCluster } from "../../src/postgres/private/open-private-cluster.ts";
import { openTestLedger, provisioner } from "./ledger.ts";

/** A custody in a process of its own, with a private cluster, that appends as fast as it can and says what was acknowledged. */
export interface AppendProcess {
  readonly child: ChildProcess;
  readonly acknowledged: readonly string[];
  /** Resolves when it has ended, however. */
  readonly ended: Promise<unknown>;
}

export function startAppendProcess(
  directory: string,
  onAcknowledged: (id: string) => void = () => undefined,
): AppendProcess {
  const child = spawn(process.execPath, [import.meta.path, directory], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const acknowledged: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    acknowledged.push(line);
    onAcknowledged(line);
  });
  return { child, acknowledged, ended: once(child, "close") };
}

if (import.meta.main) {
  const { signal } = new AbortController();
  await using cluster = await openPrivateCluster({
    directory: process.argv[2] ?? "",
    env: process.env,
    onTrouble: (error) => console.error(error.message),
    signal,
  });
  await using ledger = await openTestLedger(cluster.settings);
  let isOver = false;
  process.stdin.on("end", () => (isOver = true)).resume();
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      while (!isOver) {
        const id = crypto.randomUUID();
        try {
          await ledger.append({
            action: "drop.unattributed",
            details: {},
            resourceType: "database",
            resourceId: id,
            actor: provisioner,
          });
          console.log(id);
        } catch {
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
      }
    }),
  );
}
