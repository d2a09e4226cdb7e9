import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { flush, parse, query } from "../../src/wire/postgres/write-client.ts";
import { bindAndExecute } from "./chaos-clients.ts";
import { rawClient } from "./raw-postgres.ts";

interface Place {
  readonly host: string;
  readonly port: number;
}

/** What each of them is in the middle of when its process is killed. */
export interface Middle {
  /** A role whose drop is held. */
  readonly role: string;
  /** A table whose drop was executed in a pipeline that has no Sync yet. */
  readonly table: string;
}

/** Clients in a process of their own, which is killed with SIGKILL once each is in the middle: of a hold, of a COPY, of a pipeline. */
export async function vanish(place: Place, middles: readonly Middle[]): Promise<void> {
  const child = spawn(process.execPath, [import.meta.path, JSON.stringify({ place, middles })], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const lines = createInterface({ input: child.stdout });
  const said = await Promise.race([once(lines, "line"), ended.then(() => ["it has ended by itself"])]);
  child.kill("SIGKILL");
  await ended;
  if (said[0] !== "in the middle") throw new Error(`the clients that were to vanish: ${String(said[0])}`);
}

async function goInto(place: Place, { role, table }: Middle): Promise<void> {
  const session = { user: "app", database: "shop", application_name: "chaos" };
  const [held, copying, piping] = await Promise.all([1, 2, 3].map(() => rawClient(place, session)));
  if (held === undefined || copying === undefined || piping === undefined) throw new Error("no clients");
  held.send(query(`drop role ${role}`));
  copying.send(query("copy load from stdin"));
  piping.send(Buffer.concat([parse("", `drop table ${table}`), bindAndExecute(""), flush]));
  await held.until(() => held.answers.some(({ type }) => type === "N"));
  await copying.until(() => copying.answers.some(({ type }) => type === "G"));
  // A CopyData of which most is never sent.
  copying.send(Buffer.concat([Buffer.from([0x64, 0, 1, 0, 0]), Buffer.from("7\n".repeat(100))]));
  await piping.until(() => piping.answers.some(({ type }) => type === "C"));
}

if (import.meta.main) {
  const { place, middles } = JSON.parse(process.argv[2] ?? "") as { place: Place; middles: Middle[] };
  await Promise.all(middles.map((each) => goInto(place, each)));
  console.log("in the middle");
  // Until it is killed.
  await new Promise((resolve) => setTimeout(resolve, 600_000));
}
