import { createSecureContext } from "node:tls";
import type { HttpSection } from "../chokepoint/faces.ts";
import { OpsError } from "../errors.ts";

/**
 * That a server can be started with these texts; no error repeats any of them.
 *
 * @throws OpsError bad-config
 */
export function requireTls(tls: NonNullable<HttpSection["tls"]>): void {
  const { cert, key, client_ca: ca } = tls;
  requireContext("cert and key are no certificate (PEM) and its private key", { cert, key });
  if (ca !== undefined) requireContext("client_ca is no certificate (PEM)", { ca });
}

function requireContext(what: string, options: Parameters<typeof createSecureContext>[0]): void {
  try {
    createSecureContext(options);
  } catch (cause) {
    const why = cause instanceof Error && "code" in cause ? String(cause.code) : "unreadable";
    throw new OpsError(
      "bad-config",
      `http.tls: ${what}: ${why}`,
      "name the files: { cert: file:tls.crt, key: file:tls.key, client_ca: file:ca.crt }",
      { cause },
    );
  }
}
