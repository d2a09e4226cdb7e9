import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { rootCertificates } from "node:tls";
import { OpsError } from "../errors.ts";
import type { ConnectionSettings } from "./connection-settings.ts";

/** PEM texts for a TLS connection, by the names that `node:tls` gives them. */
export interface TlsFiles {
  readonly ca?: string | string[];
  readonly cert?: string;
  readonly key?: string;
  readonly crl?: string;
}

/** Where systems keep the certificates that they trust. */
const systemBundles = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/** Reads what the settings name. Throws `file-unreadable`; a key that others may read is refused, as by libpq. */
export async function tlsFiles(settings: ConnectionSettings): Promise<TlsFiles> {
  const verifies = settings.sslmode === "verify-ca" || settings.sslmode === "verify-full";
  const { sslrootcert, sslcert, sslkey, sslcrl } = settings;
  if (verifies && sslrootcert === undefined) {
    throw new OpsError(
      "bad-usage",
      `sslmode=${settings.sslmode} needs the certificate of a CA, and there is none`,
      "give sslrootcert=FILE, sslrootcert=system, or put it into ~/.postgresql/root.crt",
    );
  }
  if (sslcert !== undefined && sslkey === undefined) {
    throw new OpsError(
      "bad-usage",
      `there is a certificate (${sslcert}) but no private key`,
      "give sslkey=FILE",
    );
  }
  return {
    ...(sslrootcert === undefined ? {} : { ca: await roots(sslrootcert) }),
    ...(sslcert === undefined ? {} : { cert: await readPem("sslcert", sslcert) }),
    ...(sslcert === undefined || sslkey === undefined ? {} : { key: await readKey(sslkey) }),
    ...(sslcrl === undefined ? {} : { crl: await readPem("sslcrl", sslcrl) }),
  };
}

async function roots(sslrootcert: string): Promise<string | string[]> {
  if (sslrootcert !== "system") return await readPem("sslrootcert", sslrootcert);
  const bundle = systemBundles.find((file) => existsSync(file));
  return bundle === undefined ? [...rootCertificates] : await readPem("sslrootcert", bundle);
}

async function readKey(file: string): Promise<string> {
  const text = await readPem("sslkey", file);
  const facts = await stat(file);
  const allowed = facts.uid === 0 ? 0o640 : 0o600;
  if ((facts.mode & 0o777 & ~allowed) === 0) return text;
  throw new OpsError(
    "file-unreadable",
    `the private key ${file} can be read by others`,
    `chmod 0600 ${file}`,
  );
}

async function readPem(keyword: string, file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new OpsError(
      "file-unreadable",
      `cannot read ${keyword} ${file}`,
      "check the path and its permissions",
      { cause },
    );
  }
}
