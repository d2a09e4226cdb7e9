import { afterAll } from "bun:test";
import { testInstallation } from "./cluster.ts";
import { makeServer } from "./server-process.ts";
import type { TestServer } from "./server-process.ts";

export { poll } from "./server-process.ts";
export type { TestServer } from "./server-process.ts";

/** Debian's PostgreSQL 15, which has pg_basebackup; ended, and its folder removed, after the file's last test. */
export async function replicableServer(): Promise<TestServer> {
  const server = await makeServer(await testInstallation(15));
  afterAll(() => server[Symbol.asyncDispose]());
  return server;
}
