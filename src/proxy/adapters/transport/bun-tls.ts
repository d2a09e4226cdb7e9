import type { SocketHandler, TLSOptions } from "bun";
import type { BunConnection, BunSocket } from "./bun-connection.ts";
import { judgeServer } from "./client-tls.ts";
import type { ClientTls } from "./client-tls.ts";
import { judgeClient } from "./server-tls.ts";
import type { Judged, ServerTls } from "./server-tls.ts";

/** How a socket is made one of TLS. */
export interface Upgrade {
  readonly isServer: boolean;
  readonly options: TLSOptions;
  readonly context: unknown;
  /** Read already, and the handshake's. */
  readonly initialData: Uint8Array | null;
  /** Once the handshake is done; `error` is what is wrong with the other side's certificate. */
  readonly judge: (socket: BunSocket, error: string | null) => Judged;
}

export function acceptUpgrade(tls: ServerTls, first: Uint8Array | null): Upgrade {
  const { clientCertificate, alpn } = tls;
  return {
    isServer: true,
    options: {
      requestCert: clientCertificate !== "none",
      rejectUnauthorized: clientCertificate === "required",
      ...(alpn === null ? {} : { ALPNProtocols: inWireForm(alpn) }),
    },
    context: tls.context.context,
    initialData: first,
    judge: (socket, error) =>
      judgeClient(tls, {
        error,
        subject: socket.getPeerCertificate()?.subject,
        alpn: socket.alpnProtocol,
        isDirect: first !== null,
      }),
  };
}

export function startUpgrade(tls: ClientTls): Upgrade {
  return {
    isServer: false,
    options: {
      // `judgeServer` says what is accepted, chain and name apart.
      rejectUnauthorized: false,
      ...(tls.serverName === null ? {} : { serverName: tls.serverName }),
      ...(tls.alpn === null ? {} : { ALPNProtocols: inWireForm(tls.alpn) }),
    },
    context: tls.context.context,
    initialData: null,
    judge(socket, error) {
      const refusal = judgeServer(tls, error, socket.getPeerCertificate());
      return refusal === null ? { certificate: null } : { refusal };
    },
  };
}

/**
 * Bun's own TLS on a connected socket. `isServer`, `secureContext` and `initialData` are what its `node:tls` gives; its types do not name
 * them. The raw socket goes on being told the encrypted bytes: its `data` is null from now on.
 */
export function upgradeSocket(
  raw: BunSocket,
  upgrade: Upgrade,
  connection: BunConnection,
  handlers: SocketHandler<BunConnection | null>,
): BunSocket {
  const given = {
    isServer: upgrade.isServer,
    tls: { ...upgrade.options, secureContext: upgrade.context },
    ...(upgrade.initialData === null ? {} : { initialData: upgrade.initialData }),
    data: connection,
    socket: handlers,
  };
  const [twin, secured] = raw.upgradeTLS<BunConnection | null>(given);
  raw.data = null;
  twin.data = null;
  return secured;
}

/**
 * To a client Bun says that a handshake is not done, too, when only the certificate is not one that it would take: `judge` decides on that.
 * Each of these is a word for a certificate (`X509_V_ERR_…`), and none for a connection that broke.
 */
export function hasHandshakeFailed({ isServer }: Upgrade, isDone: boolean, code: string | null): boolean {
  return !isDone && (isServer || code === null || !ofCertificates.test(code));
}

const ofCertificates =
  /^(CERT|CRL|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|HOSTNAME_MISMATCH|ERR_TLS_CERT_ALTNAME_INVALID)/;

/** RFC 7301 section 3.1: the length of the name, then the name. */
function inWireForm(alpn: string): Buffer {
  return Buffer.concat([Buffer.from([alpn.length]), Buffer.from(alpn, "latin1")]);
}
