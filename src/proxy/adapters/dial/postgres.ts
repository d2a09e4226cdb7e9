import { createSecureContext } from "node:tls";
import { InterruptedError, OpsError } from "../../../errors.ts";
import { attempts } from "../../../postgres/attempts.ts";
import type { ConnectionSettings, Host } from "../../../postgres/connection-settings.ts";
import { socketPath } from "../../../postgres/hosts.ts";
import { sslRequest } from "../../../postgres/negotiate-tls.ts";
import { displayHost } from "../../../postgres/open-socket.ts";
import { tlsOptions } from "../../../postgres/tls-options.ts";
import type { Connection } from "../../sessions/connection.ts";
import type { ClientTls } from "../transport/client-tls.ts";
import { tlsFailed } from "../transport/explain-network.ts";
import type { DialledConnection, Place, Transport } from "../transport/transport.ts";
import { beginTls } from "./begin-tls.ts";
import { once, within } from "./dialer.ts";
import type { Dialer } from "./dialer.ts";
import { firstBytes } from "./first-bytes.ts";

type Attempt = ReturnType<typeof attempts> extends Generator<infer T> ? T : never;

/**
 * By libpq's rules for hosts, `sslmode`, `sslnegotiation` and `connect_timeout`: a connection past TLS, where there is any, on which the
 * StartupMessage is the next. What only a login shows (`target_session_attrs`, another encryption after pg_hba.conf said no) is not tried.
 */
export function postgresDialer(transport: Transport, settings: ConnectionSettings): Dialer {
  const contexts = new Map<Host, () => Promise<ClientTls>>();
  for (const host of settings.hosts)
    contexts.set(
      host,
      once(() => clientTls(host, settings)),
    );
  return {
    async dial(signal) {
      let failure: unknown;
      for (const attempt of attempts(settings)) {
        const { host, timeoutMs } = attempt;
        const tls = contexts.get(host) ?? (() => clientTls(host, settings));
        try {
          return await within(timeoutMs, displayHost(host), signal, (limit) =>
            reach(transport, attempt, settings, tls, limit),
          );
        } catch (error) {
          if (error instanceof InterruptedError || !isWorthAnother(error, attempt)) throw error;
          failure = error;
        }
      }
      throw failure;
    },
  };
}

/** Another host helps where this one is down, no TLS where TLS was only preferred; nothing where it is not who it should be. */
function isWorthAnother(error: unknown, attempt: Attempt): boolean {
  if (!(error instanceof OpsError)) return false;
  return error.code === "unreachable" || (error.code === "tls-failed" && attempt.encryption !== "tls");
}

async function reach(
  transport: Transport,
  { host, encryption }: Attempt,
  settings: ConnectionSettings,
  tls: () => Promise<ClientTls>,
  signal: AbortSignal,
): Promise<Connection> {
  const given = encryption === "plain" ? null : await tls();
  const connection = await transport.connect(placeOf(host), signal);
  if (given === null) return connection;
  if (settings.sslnegotiation === "direct") return await beginTls(connection, given, signal);
  if (await offersTls(connection, signal)) return await beginTls(connection, given, signal);
  if (encryption === "try") return connection;
  connection.destroy();
  throw new OpsError(
    "tls-failed",
    `the server at ${displayHost(host)} has no TLS, and sslmode=${settings.sslmode} asks for it`,
    "turn ssl on at the server; sslmode=prefer would connect without encryption",
  );
}

/** One byte, S or N; what comes with it was slipped in by somebody in between (CVE-2021-23222), all else is an error in words. */
async function offersTls(connection: DialledConnection, signal: AbortSignal): Promise<boolean> {
  connection.write(sslRequest);
  const answer = await firstBytes(connection, () => true, signal);
  if (answer.length === 1 && answer[0] === 0x53) return true;
  if (answer.length === 1 && answer[0] === 0x4e) return false;
  connection.destroy();
  throw tlsFailed(connection.peer, "the server did not answer the SSLRequest with S or N");
}

function placeOf({ host, address, port }: Host): Place {
  if (host.startsWith("/")) return { kind: "unix", path: socketPath(host, port) };
  return { kind: "tcp", host: address ?? host, port };
}

async function clientTls(host: Host, settings: ConnectionSettings): Promise<ClientTls> {
  const options = await tlsOptions(host, settings);
  const { ca, cert, key, crl, minVersion, maxVersion } = options;
  return {
    context: createSecureContext({ ca, cert, key, crl, minVersion, maxVersion }),
    serverName: options.servername ?? null,
    alpn: settings.sslnegotiation === "direct" ? "postgresql" : null,
    checksChain: options.rejectUnauthorized === true,
    checksName: settings.sslmode === "verify-full" ? host.host : null,
  };
}
