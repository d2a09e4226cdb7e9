import type { ListenerSection } from "../../config/listener-schema.ts";
import { makeServerTls } from "./transport/server-tls.ts";
import type { ServerTls } from "./transport/server-tls.ts";

/** What handshakes of a listener are answered with; null: it has no certificate. Throws `bad-config`, without any of the texts. */
export function serverTlsOf({ tls, protocol }: Pick<ListenerSection, "tls" | "protocol">): ServerTls | null {
  if (tls === undefined) return null;
  return makeServerTls({
    cert: tls.cert,
    key: tls.key,
    clientCa: tls.client_ca ?? null,
    isClientCertificateRequired: tls.client_cert !== "optional",
    minVersion: tls.min_version ?? "TLSv1.2",
    alpn: protocol === "postgres" ? "postgresql" : null,
  });
}
