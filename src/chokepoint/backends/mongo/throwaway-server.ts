import { join } from "node:path";
import type { Environment } from "../../../postgres/connection-settings.ts";
import { findProgram } from "../../../run/find-program.ts";
import { startThrowaway } from "../start-throwaway.ts";
import { openMongoSession } from "./connect.ts";
import type { MongoSession } from "./connect.ts";

/**
 * A `mongod` of this machine's PATH with a folder of its own, on a Unix socket in it that only this user reaches; null where there is
 * none. Disposing kills it and removes the folder. Throws `unreachable` where it does not start.
 */
export async function startThrowawayServer(env: Environment): Promise<MongoSession | null> {
  const program = await findProgram(["mongod"], env);
  if (program === null) return null;
  await using stack = new AsyncDisposableStack();
  const socketOf = (folder: string): string => join(folder, "mongod.sock");
  const server = stack.use(
    await startThrowaway(program, env, (folder) => ["--dbpath", folder, "--bind_ip", socketOf(folder)]),
  );
  server.stderr.resume();
  const session = stack.use(
    await openMongoSession(
      `mongodb://${encodeURIComponent(socketOf(server.folder))}/?directConnection=true`,
      "custody:proof",
    ),
  );
  const held = stack.move();
  return { ...session, [Symbol.asyncDispose]: () => held.disposeAsync() };
}
