import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { offersTls } from "../../postgres/probe.ts";
import type { FoundServer } from "../ports.ts";

const folders = ["/var/run/postgresql", "/tmp"];
const probeTimeoutMs = 1000;

/** Servers of this machine that answer: at the sockets of the usual folders, and at the usual port. */
export async function findLocalServers(signal: AbortSignal): Promise<readonly FoundServer[]> {
  const sockets = await Promise.all(folders.map(socketsIn));
  const hosts = [...sockets.flat(), { host: "127.0.0.1", port: 5432 }];
  const found = await Promise.all(
    hosts.map(async ({ host, port }): Promise<FoundServer | undefined> => {
      const tls = await offersTls({ host, port }, probeTimeoutMs, signal);
      if (tls === undefined) return undefined;
      const address = host.startsWith("/") ? join(host, `.s.PGSQL.${port}`) : `${host}:${port}`;
      return { address, port, offersTls: tls };
    }),
  );
  return found.filter((server) => server !== undefined);
}

async function socketsIn(
  folder: string,
): Promise<readonly { readonly host: string; readonly port: number }[]> {
  const names = await readdir(folder).catch(() => []);
  return names.flatMap((name) => {
    const port = /^\.s\.PGSQL\.(\d+)$/.exec(name)?.[1];
    return port === undefined ? [] : [{ host: folder, port: Number(port) }];
  });
}
