import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { OpsError } from "../../../errors.ts";
import type { Environment } from "../../../postgres/connection-settings.ts";
import { findProgram } from "../../../run/find-program.ts";
import { startThrowaway } from "../start-throwaway.ts";
import { openNatsSession } from "./connect.ts";
import type { NatsSession } from "./connect.ts";

const startMs = 20_000;

/**
 * A nats-server of this machine with JetStream in a folder of its own, on a port of 127.0.0.1 that it chooses, which only who knows its
 * random token may use. Disposing kills it and removes the folder. Throws `tool-missing` and `scratch-failed`.
 */
export async function startThrowawayServer(env: Environment, name = "nats-server"): Promise<NatsSession> {
  const program = await findProgram([name], env);
  if (program === null)
    throw new OpsError(
      "tool-missing",
      `there is no ${name} on this machine: a tombstone of a stream cannot be proved`,
      "install it (Debian: apt install nats-server)",
    );
  await using stack = new AsyncDisposableStack();
  const token = randomBytes(24).toString("hex");
  const server = stack.use(
    await startThrowaway(program, env, async (folder) => {
      const config = join(folder, "nats.conf");
      await writeFile(config, configText(folder, token), { mode: 0o600 });
      return ["-c", config];
    }),
  );
  const port = await readPort(server.stderr);
  const place = { options: { servers: [`127.0.0.1:${port}`], token }, apiPrefix: "$JS.API", domain: null };
  const session = stack.use(await openNatsSession(place, "custody:proof"));
  const held = stack.move();
  return { api: session.api, lost: session.lost, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

function configText(folder: string, token: string): string {
  return [
    'listen: "127.0.0.1:-1"',
    `authorization { token: "${token}" }`,
    // A message as large as any server's must come back out of it.
    "max_payload: 64MB",
    "max_pending: 256MB",
    `jetstream { store_dir: ${JSON.stringify(join(folder, "store"))} }`,
    "",
  ].join("\n");
}

/** The server says on stderr where it listens, and then that it is ready; what it says later is read and thrown away. */
async function readPort(stderr: Readable): Promise<number> {
  const ready = Promise.withResolvers<number>();
  let port: number | null = null;
  let last = "it said nothing";
  const fail = (): void => ready.reject(notStarted(last));
  const timer = setTimeout(fail, startMs);
  const lines = createInterface({ input: stderr });
  lines.on("close", fail);
  lines.on("line", (line) => {
    last = line;
    const listening = /Listening for client connections on 127\.0\.0\.1:(\d+)/.exec(line);
    if (listening !== null) port = Number(listening[1]);
    if (port !== null && line.includes("Server is ready")) ready.resolve(port);
  });
  try {
    return await ready.promise;
  } finally {
    clearTimeout(timer);
  }
}

function notStarted(last: string): OpsError {
  return new OpsError(
    "scratch-failed",
    `the throwaway nats-server did not start: ${last}`,
    "run nats-server -js by hand: it says why",
  );
}
