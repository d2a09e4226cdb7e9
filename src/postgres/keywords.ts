/**
 * The connection keywords of libpq 18 (https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-PARAMKEYWORDS).
 *
 * - `which`: says which database; its variable counts only when the environment was asked for, so that a stray
 *   PGHOST never redirects an explicit URL.
 * - `how`: credentials and encryption; its variable counts always, as in libpq.
 * - `ignored`: changes nothing that custody promises.
 * - `refused`: a promise to the user that custody cannot keep; an error is better than a silent weakening.
 */
export type KeywordRole = "which" | "how" | "ignored" | "refused";

export interface Keyword {
  readonly role: KeywordRole;
  /** The environment variable that libpq reads for it. */
  readonly variable?: string;
}

const table = {
  service: { role: "which", variable: "PGSERVICE" },
  host: { role: "which", variable: "PGHOST" },
  hostaddr: { role: "which", variable: "PGHOSTADDR" },
  port: { role: "which", variable: "PGPORT" },
  dbname: { role: "which", variable: "PGDATABASE" },
  user: { role: "which", variable: "PGUSER" },
  options: { role: "which", variable: "PGOPTIONS" },
  target_session_attrs: { role: "which", variable: "PGTARGETSESSIONATTRS" },
  load_balance_hosts: { role: "which", variable: "PGLOADBALANCEHOSTS" },
  password: { role: "how", variable: "PGPASSWORD" },
  passfile: { role: "how", variable: "PGPASSFILE" },
  connect_timeout: { role: "how", variable: "PGCONNECT_TIMEOUT" },
  sslmode: { role: "how", variable: "PGSSLMODE" },
  sslnegotiation: { role: "how", variable: "PGSSLNEGOTIATION" },
  sslrootcert: { role: "how", variable: "PGSSLROOTCERT" },
  sslcert: { role: "how", variable: "PGSSLCERT" },
  sslkey: { role: "how", variable: "PGSSLKEY" },
  sslcrl: { role: "how", variable: "PGSSLCRL" },
  sslsni: { role: "how", variable: "PGSSLSNI" },
  sslcertmode: { role: "how", variable: "PGSSLCERTMODE" },
  ssl_min_protocol_version: { role: "how", variable: "PGSSLMINPROTOCOLVERSION" },
  ssl_max_protocol_version: { role: "how", variable: "PGSSLMAXPROTOCOLVERSION" },
  channel_binding: { role: "how", variable: "PGCHANNELBINDING" },
  gssencmode: { role: "how", variable: "PGGSSENCMODE" },
  application_name: { role: "ignored", variable: "PGAPPNAME" },
  fallback_application_name: { role: "ignored" },
  client_encoding: { role: "ignored", variable: "PGCLIENTENCODING" },
  keepalives: { role: "ignored" },
  keepalives_idle: { role: "ignored" },
  keepalives_interval: { role: "ignored" },
  keepalives_count: { role: "ignored" },
  tcp_user_timeout: { role: "ignored" },
  sslcompression: { role: "ignored", variable: "PGSSLCOMPRESSION" },
  krbsrvname: { role: "ignored", variable: "PGKRBSRVNAME" },
  gsslib: { role: "ignored", variable: "PGGSSLIB" },
  gssdelegation: { role: "ignored", variable: "PGGSSDELEGATION" },
  min_protocol_version: { role: "ignored", variable: "PGMINPROTOCOLVERSION" },
  max_protocol_version: { role: "ignored", variable: "PGMAXPROTOCOLVERSION" },
  requirepeer: { role: "refused", variable: "PGREQUIREPEER" },
  require_auth: { role: "refused", variable: "PGREQUIREAUTH" },
  sslpassword: { role: "refused" },
  sslcrldir: { role: "refused", variable: "PGSSLCRLDIR" },
  sslkeylogfile: { role: "refused" },
  scram_client_key: { role: "refused" },
  scram_server_key: { role: "refused" },
  replication: { role: "refused" },
  oauth_issuer: { role: "refused" },
  oauth_client_id: { role: "refused" },
  oauth_client_secret: { role: "refused" },
  oauth_scope: { role: "refused" },
} as const satisfies Record<string, Keyword>;

export type KeywordName = keyof typeof table;

export const keywords: Readonly<Record<KeywordName, Keyword>> = table;

export const keywordNames: readonly KeywordName[] = Object.keys(table).filter(isKeyword);

export function isKeyword(name: string): name is KeywordName {
  return Object.hasOwn(table, name);
}

/** What a connection string, a service or the environment says, by keyword; empty values are absent. */
export type Parameters = Partial<Record<KeywordName, string>>;
