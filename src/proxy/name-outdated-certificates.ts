import { X509Certificate } from "node:crypto";
import type { ListenerSection } from "../config/listener-schema.ts";

/** The certificates of a listener that nobody who checks them takes today: one line each. Of what is no certificate nothing is said. Pure. */
export function* nameOutdatedCertificates({ name, tls }: ListenerSection, now: Date): Generator<string> {
  if (tls === undefined) return;
  for (const key of ["cert", "client_ca"] as const) {
    const pem = tls[key];
    const certificate = pem === undefined ? null : read(pem);
    if (certificate === null) continue;
    const [from, to] = [new Date(certificate.validFrom), new Date(certificate.validTo)];
    if (now > to) yield `${name}: tls.${key} was valid until ${to.toISOString()}: ${whatThen[key]}`;
    else if (now < from)
      yield `${name}: tls.${key} is not valid before ${from.toISOString()}: ${whatThen[key]}`;
  }
}

const whatThen = {
  cert: "clients that check it go away",
  client_ca: "no client that shows a certificate comes in",
};

function read(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem);
  } catch {
    return null;
  }
}
