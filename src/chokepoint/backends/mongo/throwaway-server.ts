import { join } from "node:path";
import { execa } from "execa";
import type { Environment } from "../../../postgres/connection-settings.ts";
import { chooseLauncher } from "../../../postgres/launcher.ts";
import { openOwnedFolder } from "../../../postgres/owned-folder.ts";
import { serverUser } from "../../../postgres/server-user.ts";
import { findProgram } from "../../../run/find-program.ts";
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
  const folder = stack.use(await openOwnedFolder(env));
  const socket = join(folder.path, "mongod.sock");
  const { prefix } = await chooseLauncher(
    { ...(await serverUser()), isOther: false },
    { isolateNetwork: false, mayOutlive: false },
  );
  const [command, ...args] = [...prefix, program, "--dbpath", folder.path, "--bind_ip", socket] as const;
  const child = execa(command, args, {
    cwd: folder.path,
    env: { PATH: env["PATH"] ?? "/usr/bin:/bin" },
    extendEnv: false,
    stdio: "ignore",
    reject: false,
  });
  stack.defer(async () => {
    child.kill("SIGKILL");
    await child;
  });
  const session = stack.use(
    await openMongoSession(`mongodb://${encodeURIComponent(socket)}/?directConnection=true`, "custody:proof"),
  );
  const held = stack.move();
  return { ...session, [Symbol.asyncDispose]: () => held.disposeAsync() };
}
