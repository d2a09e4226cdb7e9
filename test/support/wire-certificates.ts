import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Certified {
  readonly cert: string;
  readonly key: string;
}

/** PEM texts. `server` and `second` are for localhost and 127.0.0.1, `client` is ann's; `stranger` is ann's, too, by another authority. */
export interface WireCertificates {
  readonly ca: string;
  readonly otherCa: string;
  readonly server: Certified;
  readonly second: Certified;
  readonly client: Certified;
  readonly stranger: Certified;
}

export function makeWireCertificates(): WireCertificates {
  const folder = mkdtempSync(join(tmpdir(), "wire-certificates-"));
  const openssl = (...args: string[]): unknown =>
    execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const read = (name: string): string => readFileSync(join(folder, name), "utf8");
  const authority = (name: string): string => {
    openssl(
      "req",
      "-x509",
      ...newKey,
      "-days",
      "2",
      "-subj",
      `/CN=${name}`,
      "-keyout",
      `${name}.key`,
      "-out",
      `${name}.crt`,
    );
    return read(`${name}.crt`);
  };
  const certified = (name: string, subject: string, by: string): Certified => {
    openssl(
      "req",
      "-new",
      ...newKey,
      "-subj",
      `/CN=${subject}`,
      "-keyout",
      `${name}.key`,
      "-out",
      `${name}.csr`,
    );
    const signed = [
      "-CA",
      `${by}.crt`,
      "-CAkey",
      `${by}.key`,
      "-CAcreateserial",
      "-days",
      "2",
      "-extfile",
      "san",
    ];
    openssl("x509", "-req", "-in", `${name}.csr`, ...signed, "-out", `${name}.crt`);
    return { cert: read(`${name}.crt`), key: read(`${name}.key`) };
  };
  try {
    writeFileSync(join(folder, "san"), "subjectAltName=DNS:localhost,IP:127.0.0.1");
    return {
      ca: authority("ca"),
      otherCa: authority("other"),
      server: certified("server", "server", "ca"),
      second: certified("second", "second", "ca"),
      client: certified("client", "ann", "ca"),
      stranger: certified("stranger", "ann", "other"),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
