/** A program that sends SQL to a server, and where it takes that from. */
export interface SqlClient {
  /** The program and its sub-commands. */
  readonly path: readonly string[];
  /** Options that take a value, those of `sql` among them. */
  readonly valued: ReadonlySet<string>;
  /** Options whose value is SQL. */
  readonly sql: readonly string[];
  /** Options that name a file to read instead of the input. */
  readonly files: readonly string[];
  /** The first operand that is SQL (they are joined from there), or null when none is. */
  readonly operand: number | null;
}

const split = (list: string) => list.split(" ").filter((flag) => flag !== "");

function client(
  path: string,
  sql: string,
  form: { valued?: string; files?: string; operand?: number } = {},
): SqlClient {
  const files = split(form.files ?? "");
  return {
    path: path.split(" "),
    sql: split(sql),
    files,
    valued: new Set([...split(form.valued ?? ""), ...split(sql), ...files]),
    operand: form.operand ?? null,
  };
}

const psql = {
  valued:
    "-d -h -p -U -v -F -L -o -P -R -T --dbname --host --port --username --set --variable --field-separator --log-file --output --pset --record-separator --table-attr",
  files: "-f --file",
} as const;
const mysql = {
  valued:
    "-u -h -P -D -S -p? --user --host --port --database --socket --defaults-file --defaults-extra-file --protocol --login-path --delimiter --default-character-set --ssl-ca --ssl-mode --connect-timeout",
} as const;
const sqlcmd = {
  valued: "-S -U -P -d -v -h -w -s -a -l -t -V -o -H -m -y -Y -f -K",
  files: "-i",
} as const;
const clickhouse = {
  valued: "-h --host --port -u --user --password -d --database --format -C --config-file",
} as const;
const wrangler = {
  valued: "--config -c --env -e --file --database --persist-to",
  operand: 1,
  files: "--file",
} as const;

/** Programs that read SQL, and more of those that people run than a database's own. */
export const sqlClients: readonly SqlClient[] = [
  client("psql", "-c --command", psql),
  client("pgcli", "-c --command", psql),
  client("vsql", "-c --command", psql),
  client("gsql", "-c --command", psql),
  client("ysqlsh", "-c --command", psql),
  client("usql", "-c --command", psql),
  client("heroku pg:psql", "-c --command", { valued: "-a --app -r --remote", files: "-f --file" }),
  ...["mysql", "mariadb", "mycli", "tidb"].map((name) => client(name, "-e --execute", mysql)),
  client("mysqlsh", "-e --execute", { ...mysql, files: "-f --file" }),
  client("cockroach sql", "-e --execute", {
    valued: "--host --url -u --user -d --database",
    files: "-f --file",
  }),
  client("cockroach demo", "-e --execute"),
  client("sqlcmd", "-Q -q --query", sqlcmd),
  client("osql", "-Q -q", sqlcmd),
  client("mssql-cli", "-Q", sqlcmd),
  client("sqlplus", ""),
  client("sqlplus64", ""),
  client("sql", ""),
  ...["clickhouse-client", "clickhouse-local", "clickhouse client", "clickhouse local"].map((name) =>
    client(name, "-q --query", { ...clickhouse, files: "--queries-file" }),
  ),
  client("cqlsh", "-e --execute", {
    valued: "-u -p -k --username --password --keyspace --cqlversion",
    files: "-f --file",
  }),
  client("ycqlsh", "-e --execute", { valued: "-u -p -k", files: "-f --file" }),
  client("sqlite3", "-cmd", { operand: 1, valued: "-separator -nullvalue -init" }),
  client("sqlcipher", "-cmd", { operand: 1 }),
  client("duckdb", "-c -s -cmd", { operand: 1, files: "-f -init" }),
  client("snowsql", "-q --query", {
    valued: "-a -u -d -s -r -w -h -c -o --accountname --username --connection --config",
    files: "-f --filename",
  }),
  client("snow sql", "-q --query", { valued: "-c --connection", files: "-f --filename" }),
  client("bq query", "", { operand: 0, valued: "--location --project_id --format --dataset_id --parameter" }),
  client("trino", "--execute", { valued: "--server --catalog --schema --user", files: "-f --file" }),
  client("presto", "--execute", { valued: "--server --catalog --schema --user", files: "-f --file" }),
  client("presto-cli", "--execute", { valued: "--server --catalog --schema --user", files: "-f --file" }),
  client("hive", "-e", { valued: "--hiveconf --hivevar -d --database", files: "-f -i" }),
  client("beeline", "-e", { valued: "-u -n -p -d --hiveconf --hivevar", files: "-f -i" }),
  client("impala-shell", "-q --query", { valued: "-i -d --impalad --database -u", files: "-f" }),
  client("spark-sql", "-e", { valued: "--conf --master --hiveconf --packages", files: "-f -i" }),
  client("db2", "", { operand: 0, files: "-f -tvf -tf -vf" }),
  client("isql", "", { valued: "-u -user -p -password -S -U -P -D" }),
  client("isql-fb", "", { valued: "-u -user -p -password" }),
  client("tsql", "", { valued: "-S -U -P -H -p -D" }),
  client("influx", "-execute", { valued: "-host -port -username -password -database" }),
  client("crash", "-c --command"),
  client("dolt sql", "-q --query"),
  client("edgedb query", "", { operand: 0 }),
  client("gel query", "", { operand: 0 }),
  client("turso db shell", "", { operand: 1 }),
  client("wrangler d1 execute", "--command", wrangler),
  client("wp db query", "", { operand: 0 }),
  client("wp db cli", ""),
  ...["sqlq", "sql-query", "sql:query"].map((sub) => client(`drush ${sub}`, "", { operand: 0 })),
  ...["sqlc", "sql-cli", "sql:cli"].map((sub) => client(`drush ${sub}`, "")),
  ...["doctrine:query:sql", "dbal:run-sql", "doctrine:query:dql"].map((sub) =>
    client(`console ${sub}`, "", { operand: 0, valued: "--connection --em --depth" }),
  ),
  client("manage.py dbshell", "-c", { valued: "--database" }),
  client("rails dbconsole", ""),
  client("rails db", ""),
  client("prisma db execute", "", { valued: "--schema --url --file", files: "--file" }),
  client("aws rds-data execute-statement", "--sql", {
    valued: "--resource-arn --secret-arn --database --region",
  }),
  client("aws redshift-data execute-statement", "--sql", { valued: "--cluster-identifier --database" }),
  client("aws athena start-query-execution", "--query-string", { valued: "--work-group" }),
  client("aws dynamodb execute-statement", "--statement"),
  client("gcloud spanner databases ddl update", "--ddl", { valued: "--instance --project" }),
  client("gcloud spanner databases execute-sql", "--sql", { valued: "--instance --project" }),
  client("gcloud sql connect", "", { valued: "--user --database --project" }),
  client("fly postgres connect", "", { valued: "-a --app -d --database" }),
  client("flyctl postgres connect", "", { valued: "-a --app -d --database" }),
  client("Invoke-Sqlcmd", "-Query", {
    valued: "-ServerInstance -Database -Username -Password",
    files: "-InputFile",
  }),
  client("Invoke-DbaQuery", "-Query", { valued: "-SqlInstance -Database", files: "-File" }),
];
