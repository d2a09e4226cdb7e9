import { checkServerIdentity } from "node:tls";
import type { PeerCertificate, SecureContext } from "node:tls";

/** How TLS is begun with a server. */
export interface ClientTls {
  readonly context: SecureContext;
  /** Named in the handshake (SNI); null for an address. */
  readonly serverName: string | null;
  readonly alpn: string | null;
  /** Whether an authority of the context must have signed the server's certificate. */
  readonly checksChain: boolean;
  /** The name or address that the certificate must be for. */
  readonly checksName: string | null;
}

/** Bun's word for a chain that is good and a name that is not: whether the name matters is asked below. */
const misnamed = "ERR_TLS_CERT_ALTNAME_INVALID";

/** Why a server is not the one that was meant; null: it is. */
export function judgeServer(
  tls: ClientTls,
  error: string | null,
  certificate: PeerCertificate | undefined,
): string | null {
  if (tls.checksChain && error !== null && error !== misnamed) return error;
  if (tls.checksName === null) return null;
  if (certificate?.subject === undefined) return "it showed no certificate";
  const mismatch = checkServerIdentity(tls.checksName, certificate);
  return mismatch === undefined ? null : `its certificate is not for ${tls.checksName}`;
}
