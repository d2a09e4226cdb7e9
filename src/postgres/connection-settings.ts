/** The environment as handed in by the process edge; nothing below `main.ts` reads `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

export const sslModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;
type SslMode = (typeof sslModes)[number];

export const secureVersions = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"] as const;
type SecureVersion = (typeof secureVersions)[number];

export const sessionAttributes = [
  "any",
  "read-write",
  "read-only",
  "primary",
  "standby",
  "prefer-standby",
] as const;
export type SessionAttributes = (typeof sessionAttributes)[number];

export interface Host {
  /** A name, an address, or a socket directory when it starts with `/`. */
  readonly host: string;
  readonly port: number;
  /** The address to connect to when it was given apart from the name (`hostaddr`); the name is still what TLS checks. */
  readonly address?: string;
  /** From the password file, which may hold one for each host. */
  readonly password?: string;
}

/** How to reach one database, with libpq's meaning of each word. Holds secrets: never log or show it whole. */
export interface ConnectionSettings {
  /** Tried in order; at least one. */
  readonly hosts: readonly Host[];
  readonly user: string;
  readonly database: string;
  readonly password?: string | undefined;
  readonly sslmode: SslMode;
  readonly sslnegotiation?: "postgres" | "direct" | undefined;
  /** A file, or `system`. */
  readonly sslrootcert?: string | undefined;
  readonly sslcert?: string | undefined;
  readonly sslkey?: string | undefined;
  readonly sslcrl?: string | undefined;
  readonly sslsni?: boolean | undefined;
  readonly sslMinVersion?: SecureVersion | undefined;
  readonly sslMaxVersion?: SecureVersion | undefined;
  readonly channelBinding?: "disable" | "prefer" | "require" | undefined;
  readonly options?: string | undefined;
  readonly connectTimeoutSeconds?: number | undefined;
  readonly targetSessionAttrs?: SessionAttributes | undefined;
  readonly loadBalanceHosts?: boolean | undefined;
  /** What the user should know about how these settings came about, such as an ignored password file. */
  readonly notes?: readonly string[] | undefined;
}

/** `postgres://user@host:5432/db`, for messages: never a password. */
export function displayAddress(settings: ConnectionSettings): string {
  const hosts = settings.hosts.map(({ host, port }) => {
    if (host.startsWith("/")) return encodeURIComponent(host) + (port === 5432 ? "" : `:${port}`);
    return `${host.includes(":") ? `[${host}]` : host}:${port}`;
  });
  return `postgres://${encodeURIComponent(settings.user)}@${hosts.join(",")}/${encodeURIComponent(settings.database)}`;
}

/** The password to use with one of the hosts, if there is any. */
export function passwordFor(settings: ConnectionSettings, host: Host): string | undefined {
  return settings.password ?? host.password;
}
