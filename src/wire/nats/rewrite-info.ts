import { foldName, readOptions } from "./read-options.ts";

/** What would lead clients around the proxy, and what the server says of its own TLS, which ends at the proxy. */
const dropped: ReadonlySet<string> = new Set(
  ["connect_urls", "ws_connect_urls", "tls_required", "tls_available", "tls_verify", "ip"].map(foldName),
);

/** INFO for the client. `requiresTls`: it is to begin a TLS handshake now. Null: the server's INFO cannot be read. */
export function rewriteInfo(json: Buffer, requiresTls: boolean): Buffer | null {
  const options = readOptions(json);
  if (options === null) return null;
  const kept = Object.entries(options).filter(([name]) => !dropped.has(foldName(name)));
  const info = { ...Object.fromEntries(kept), ...(requiresTls ? { tls_required: true } : {}) };
  return Buffer.from(`INFO ${JSON.stringify(info)}\r\n`);
}
