import { MongoClient } from "mongodb";
import { OpsError } from "../../errors.ts";

/** Where a MongoDB target is, as the driver reads its URL. */
export interface MongoAddress {
  /** In their order; at least one. */
  readonly servers: readonly (
    | { readonly kind: "tcp"; readonly host: string; readonly port: number }
    | { readonly kind: "unix"; readonly path: string }
  )[];
  /** Files are named, not read. */
  readonly tls: {
    readonly caFile: string | null;
    /** Certificate and key in one. */
    readonly certificateKeyFile: string | null;
    readonly passphrase: string | null;
    readonly crlFile: string | null;
    readonly checksChain: boolean;
    readonly checksName: boolean;
  } | null;
}

/** Throws `bad-config`, which does not show what the URL holds. `mongodb+srv` is refused: whose answer names the servers is not the URL's. */
export function parseMongoUrl(url: string): MongoAddress {
  if (/^mongodb\+srv:/i.test(url))
    throw bad(
      "is of the form mongodb+srv, which names no server",
      "name the servers: mongodb://host:27017/?tls=true",
    );
  const options = optionsOf(url);
  const isInsecure = options.tlsInsecure;
  return {
    servers: options.hosts.map(({ host = "localhost", port = 27_017, socketPath }) =>
      socketPath === undefined ? { kind: "tcp", host, port } : { kind: "unix", path: socketPath },
    ),
    tls: !options.tls
      ? null
      : {
          caFile: options.tlsCAFile ?? null,
          certificateKeyFile: options.tlsCertificateKeyFile ?? null,
          passphrase: options.passphrase ?? null,
          crlFile: options.tlsCRLFile ?? null,
          checksChain: !isInsecure && options.rejectUnauthorized !== false,
          checksName: !isInsecure && options.checkServerIdentity === undefined,
        },
  };
}

function optionsOf(url: string): MongoClient["options"] {
  try {
    return new MongoClient(url).options;
  } catch {
    // The driver's words may quote the URL.
    throw bad("cannot be read", "mongodb://user:password@host/?…");
  }
}

function bad(why: string, hint: string): OpsError {
  return new OpsError("bad-config", `the url of a MongoDB target ${why}`, hint);
}
