import { constants, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import type { SecureContext } from "node:tls";
import { OpsError } from "../../../errors.ts";

/** How a listener answers TLS. */
export interface ServerTls {
  readonly context: SecureContext;
  /** A certificate that was shown is never overlooked: one that the authority did not sign is refused where it is optional, too. */
  readonly clientCertificate: "none" | "optional" | "required";
  /** The protocol that a client may name in its handshake (RFC 7301); it must, where TLS is the first thing that it says. */
  readonly alpn: string | null;
}

/** Who holds what new handshakes are answered with. */
export interface TlsSource {
  tls: ServerTls | null;
}

export interface ServerTlsOptions {
  /** PEM texts. */
  readonly cert: string;
  readonly key: string;
  /** Who signs the certificates of clients; without it none is asked for. */
  readonly clientCa: string | null;
  readonly isClientCertificateRequired: boolean;
  /** Left out: 1.2. */
  readonly minVersion?: "TLSv1.2" | "TLSv1.3";
  readonly alpn: string | null;
}

/** Throws `bad-config`; no error repeats any of the texts. */
export function makeServerTls(options: ServerTlsOptions): ServerTls {
  const { cert, key, clientCa, isClientCertificateRequired, minVersion = "TLSv1.2", alpn } = options;
  if (clientCa !== null) requireCertificate(clientCa);
  try {
    return {
      context: createSecureContext({
        cert,
        key,
        ...(clientCa === null ? {} : { ca: clientCa }),
        minVersion,
        // As PostgreSQL: every session shows its certificate anew, to the authorities of this day.
        secureOptions: constants.SSL_OP_NO_TICKET,
      }),
      clientCertificate: clientCa === null ? "none" : isClientCertificateRequired ? "required" : "optional",
      alpn,
    };
  } catch (cause) {
    const why = cause instanceof Error && "code" in cause ? String(cause.code) : "unreadable";
    throw badTls(`the tls of a listener is no certificate (PEM) with its private key: ${why}`, cause);
  }
}

/** A context takes any PEM for an authority, a key too, and then no client would ever be accepted. */
function requireCertificate(clientCa: string): void {
  try {
    void new X509Certificate(clientCa);
  } catch (cause) {
    throw badTls("client_ca is no certificate (PEM) of who signs those of clients", cause);
  }
}

function badTls(message: string, cause: unknown): OpsError {
  return new OpsError(
    "bad-config",
    message,
    "name the files: { cert: file:tls.crt, key: file:tls.key, client_ca: file:ca.crt }",
    { cause },
  );
}

/** What was seen of a client once the handshake was done. */
export interface ShownByClient {
  /** Why its certificate, or that there is none, is not accepted. */
  readonly error: string | null;
  readonly subject: { readonly CN?: unknown } | undefined;
  readonly alpn: string | false | null;
  /** TLS was the first thing that it said. */
  readonly isDirect: boolean;
}

/** Who is on the other side, or why it is not accepted. */
export type Judged = { readonly certificate: string | null } | { readonly refusal: string };

/** The common name of a client that may come in, or the reason why it may not. */
export function judgeClient(tls: ServerTls, shown: ShownByClient): Judged {
  if (shown.isDirect && tls.alpn !== null && shown.alpn !== tls.alpn)
    return { refusal: `the client began with TLS and did not name ${tls.alpn} (ALPN)` };
  if (tls.clientCertificate === "none") return { certificate: null };
  const isShown = shown.subject !== undefined;
  if (!isShown && tls.clientCertificate === "optional") return { certificate: null };
  if (!isShown) return { refusal: "the client showed no certificate" };
  if (shown.error !== null) return { refusal: `the client's certificate is not accepted: ${shown.error}` };
  const name = shown.subject?.CN;
  return { certificate: typeof name === "string" ? name : null };
}
