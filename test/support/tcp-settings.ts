import { expect } from "bun:test";
import { readdir } from "node:fs/promises";
import { OpsError } from "../../src/errors.ts";
import { connect } from "../../src/postgres/connect.ts";
import { resolveSettings } from "../../src/postgres/settings.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";
import { tcpPassword } from "./tcp-cluster.ts";
import type { TcpCluster } from "./tcp-cluster.ts";

/** An environment that says nothing. */
export const bareEnv = { HOME: "/nonexistent" };

/** How a role of a TCP cluster gets in, by name and password; `more` is a query such as `?sslmode=require`. */
export async function tcpSettings(tcp: TcpCluster, user: string, more = ""): Promise<ConnectionSettings> {
  const password = encodeURIComponent(tcpPassword);
  return await resolveSettings(
    `postgres://${user}:${password}@localhost:${tcp.port}/postgres${more}`,
    bareEnv,
  );
}

/** The error that a connection ends in; it must be an expected one that does not repeat the password. */
export async function connectFailure(settings: ConnectionSettings): Promise<OpsError> {
  const outcome: unknown = await connect(settings, { applicationName: "test" }).then(
    async (session) => {
      await session[Symbol.asyncDispose]();
      return undefined;
    },
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(OpsError);
  const error = outcome as OpsError;
  expect(`${error.message} ${error.hint}`).not.toContain(tcpPassword);
  return error;
}

/** Files and sockets that this process has open. */
export async function openDescriptors(): Promise<number> {
  return (await readdir("/proc/self/fd")).length;
}
