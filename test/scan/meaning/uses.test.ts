import { expect, test } from "bun:test";
import type { ExampleFiles } from "../../../src/scan/rules/rule.ts";
import { scanMarked } from "../../support/marked-sources.ts";

/** What a text or a call is used for. A line that bears no mark must not be found. */
const programs: readonly (readonly [string, ExampleFiles])[] = [
  [
    "a wrapper whose parameter is executed: the call that is handed the statement",
    {
      "a.ts":
        'async function apply(pool: Pool, statement: string) {\n  await pool.query(statement);\n}\nexport const go = (pool: Pool) => apply(pool, "DROP DATABASE a"); // @finds database\n',
      "b.go":
        'package b\n\nfunc must(db *sql.DB, q string) {\n\tif _, err := db.Exec(q); err != nil {\n\t\tpanic(err)\n\t}\n}\n\nfunc Go(db *sql.DB) {\n\tmust(db, "DROP ROLE a") // @finds role\n}\n',
      "c.py":
        'def each(cursor, text):\n    cursor.execute(text)\n\ndef go(cursor):\n    each(cursor, "DROP SCHEMA a")  # @finds schema\n',
      "d.rb":
        'def each_one(connection, text)\n  connection.execute(text)\nend\n\ndef go(connection)\n  each_one(connection, "DROP DATABASE a") # @finds database\nend\n',
      "e.php":
        "<?php\nfunction must(PDO $pdo, string $text) { $pdo->exec($text); }\nfunction go(PDO $pdo) {\n  must($pdo, 'DROP DATABASE a'); // @finds database\n}\n",
    },
  ],
  [
    "what is refused, as an error or an answer, in words that are a statement",
    {
      "a.go":
        'package a\n\nimport "errors"\n\nvar errDrop = errors.New("DROP DATABASE refused")\n\nfunc one() error { return errors.New("DROP DATABASE refused") }\n\nfunc two(err error) error {\n\treturn errors.Join(xerrors.New("DROP DATABASE refused"), err)\n}\n\nfunc three() error { return huma.Error403Forbidden("DROP DATABASE refused") }\n',
      "b.ts":
        'const a = () => res.status(403).send("DROP DATABASE refused");\nconst b = () => reply.send("DROP DATABASE refused");\nviolations.push("DROP DATABASE refused");\nawait client.send("DROP DATABASE refused"); // @finds database\n',
      "c.rs":
        'fn a() -> Result<(), DropError> { Err(DropError::new("DROP DATABASE refused")) }\nfn b() -> Result<(), DropError> { Err(DropError::from("DROP DATABASE refused")) }\n',
      "d.rb": 'def check\n  errors.add(:base, "DROP DATABASE refused")\nend\n',
      "E.java":
        'class E {\n  Response go() { return Response.status(403).entity("DROP DATABASE refused").build(); }\n}\n',
      "F.cs": 'class F {\n  IActionResult Go() => Problem("DROP DATABASE refused");\n}\n',
    },
  ],
  [
    "a wrapper over a wrapper",
    {
      "a.ts":
        'const inner = (pool: Pool, one: string) => pool.query(one);\nconst outer = (pool: Pool, two: string) => inner(pool, two);\nexport const go = (pool: Pool) => outer(pool, "DROP DATABASE a"); // @finds database\n',
    },
  ],
  [
    "a wrapper whose parameter is logged",
    {
      "a.ts":
        'function note(text: string) {\n  console.log(text);\n}\nexport const go = () => note("DROP DATABASE a");\n',
      "b.go":
        'package b\n\nfunc note(text string) { log.Println(text) }\n\nfunc Go() { note("DROP DATABASE a") }\n',
      "c.py": 'def note(text):\n    logger.info(text)\n\ndef go():\n    note("DROP DATABASE a")\n',
    },
  ],
  [
    "a statement that is prepared and then run: one finding",
    {
      "a.go":
        'package a\n\nfunc Go(db *sql.DB) error {\n\tstmt, err := db.Prepare("DROP DATABASE a")\n\tif err != nil {\n\t\treturn err\n\t}\n\t_, err = stmt.Exec() // @finds database\n\treturn err\n}\n',
      "B.java":
        'class B {\n  void go(Connection connection) throws Exception {\n    PreparedStatement statement = connection.prepareStatement("DROP DATABASE a");\n    statement.executeUpdate(); // @finds database\n  }\n}\n',
      "c.php":
        "<?php\nfunction go(PDO $pdo) {\n  $statement = $pdo->prepare('DROP DATABASE a');\n  $statement->execute(); // @finds database\n}\n",
      "D.cs":
        'class D {\n  void Go(SqlConnection connection) {\n    using var command = new SqlCommand("DROP DATABASE a", connection); // @finds database\n    command.ExecuteNonQuery();\n  }\n}\n',
    },
  ],
  [
    "a command whose text is set as a property, C#",
    {
      "A.cs":
        'class A {\n  void Go(DbConnection connection) {\n    var command = connection.CreateCommand();\n    command.CommandText = "DROP DATABASE a";\n    command.ExecuteNonQuery(); // @finds database\n  }\n}\n',
    },
  ],
  [
    "a command whose text is set as a property, handed to what runs it: one finding for each",
    {
      "A.cs":
        'static class Names {\n  public const string Drop = "DROP DATABASE IF EXISTS {0};";\n}\nclass A {\n  void Go(NpgsqlConnection connection, string name) {\n    var command = connection.CreateCommand();\n    command.CommandText = string.Format(Names.Drop, name);\n    RunIt(command); // @finds database\n  }\n  static void RunIt(NpgsqlCommand command) {\n    command.ExecuteNonQuery();\n  }\n}\n',
      "B.cs":
        'class B {\n  void Go(DbConnection connection, Metrics metrics) {\n    var command = connection.CreateCommand();\n    command.CommandText = "DROP DATABASE a";\n    metrics.Count(command);\n    command.ExecuteNonQuery(); // @finds database\n  }\n}\n',
    },
  ],
  [
    "what a guard is asked about",
    {
      "test_guard.py":
        'def _bash(command):\n    return {"tool": "Bash", "input": {"command": command}}\n\ndef test_refuses(guard):\n    hit = guard.decide(_bash("psql -c \'DROP DATABASE a\'"))\n    assert hit.refused\n',
      "plan.ts":
        'export const plan = { requestedActionSummary: "prisma migrate reset --force" };\nstore.put("approval", { requestedActionSummary: "prisma migrate reset --force" });\n',
    },
  ],
  [
    "what fills the places of a statement",
    {
      "a.ts":
        'export async function note(pool: Pool, name: string) {\n  await pool.query("INSERT INTO log(q) VALUES ($1)", ["DROP DATABASE a"]);\n  await pool.query(`DROP DATABASE ${name}`, ["SELECT 1"]); // @finds database\n}\n',
      "b.py": 'def note(cursor):\n    cursor.execute("INSERT INTO log VALUES (%s)", ("DROP DATABASE a",))\n',
    },
  ],
  [
    "words of Redis that are none of its commands",
    {
      "a.py":
        'from redis import Redis\n\nr = Redis()\n\ndef go():\n    r.set("flushall", 1)\n    r.publish("news", "FLUSHALL")\n    r.execute_command("FLUSHALL")  # @finds flush\n',
      "b.ts":
        'redis.on("flushall", () => {});\nprogram.command("flushall").action(show);\nemitter.emit("flushdb");\n',
    },
  ],
  [
    "what a thing says of itself, is kept for a page, or is told to a person or a model",
    {
      "A.java":
        'class A {\n  public String toString() {\n    return "DROP DATABASE " + name;\n  }\n  @Operation(summary = "DROP DATABASE a") void go() {}\n  @DisplayName("DROP DATABASE a") void other() { new SqlParser("DROP DATABASE a").parse(); }\n}\n',
      "b.tsx": 'export const B = () => <button onClick={() => setSql("DROP DATABASE a")}>x</button>;\n',
      "c.py":
        'forbidden_statements = ["DROP DATABASE a"]\n\ndef go(llm):\n    llm.invoke("DROP DATABASE a")\n    mock_cursor.execute("DROP DATABASE a")\n',
      "d.rs":
        'impl fmt::Display for Drop {\n    fn fmt(&self, f: &mut Formatter) -> fmt::Result {\n        write!(f, "DROP DATABASE {}", self.name)\n    }\n}\n',
      "e_test.go":
        'package e\n\nfunc TestIsDDL(t *testing.T) {\n\ttests := []struct {\n\t\tname, sql string\n\t\twant      bool\n\t}{{"drop", "DROP DATABASE a", true}}\n\tfor _, tt := range tests {\n\t\tt.Run(tt.name, func(t *testing.T) {\n\t\t\tif got := IsDDL(tt.sql); got != tt.want {\n\t\t\t\tt.Errorf("IsDDL(%q) = %v", tt.sql, got)\n\t\t\t}\n\t\t})\n\t}\n}\n',
    },
  ],
  [
    "a variant of an error, Rust",
    {
      "a.rs":
        'fn go(error: E) -> Result<(), Error> {\n    Err(Error::Other(format!("dropdb failed: {error}")))\n}\nfn other(name: &str) -> AppError {\n    AppError::Query(format!("DROP DATABASE {name}"))\n}\n',
    },
  ],
  [
    "mocks and what they expect",
    {
      "a_test.go":
        'package a\n\nfunc TestDrop(t *testing.T) {\n\tmock.ExpectExec("DROP DATABASE a").WillReturnResult(nil)\n}\n',
      "B.java":
        'class B {\n  void test() {\n    when(jdbc.update("DROP DATABASE a")).thenReturn(1);\n    verify(jdbc).execute("DROP DATABASE a");\n  }\n}\n',
      "c.test.ts": 'test("drops", () => {\n  expect(query).toHaveBeenCalledWith("DROP DATABASE a");\n});\n',
      "test_d.py": 'def test_d(cursor):\n    cursor.execute.assert_called_once_with("DROP DATABASE a")\n',
    },
  ],
  [
    "logs and errors",
    {
      "a.go":
        'package a\n\nfunc Go(name string) error {\n\tlog.Printf("DROP DATABASE %s", name)\n\tslog.Info("DROP DATABASE a")\n\treturn fmt.Errorf("DROP DATABASE %s: refused", name)\n}\n',
      "b.ts":
        'export function go(name: string) {\n  console.log(`DROP DATABASE ${name}`);\n  logger.info("DROP ROLE a");\n  throw new Error(`DROP DATABASE ${name} failed`);\n}\n',
      "c.py":
        'def go(name):\n    print(f"DROP DATABASE {name}")\n    logging.warning("DROP DATABASE %s", name)\n    raise ValueError("DROP DATABASE a")\n',
      "d.rs":
        'fn go(name: &str) {\n    info!("DROP DATABASE {name}");\n    println!("DROP DATABASE {}", name);\n    panic!("DROP DATABASE a");\n}\n',
      "e.rb":
        'def go(name)\n  puts "DROP DATABASE #{name}"\n  Rails.logger.info("DROP DATABASE a")\n  raise "DROP DATABASE a"\nend\n',
    },
  ],
  [
    "comparisons and patterns",
    {
      "a.ts":
        'export function isBad(sql: string) {\n  if (sql === "DROP DATABASE a") return true;\n  if (sql.startsWith("DROP DATABASE ")) return true;\n  return /DROP DATABASE/i.test(sql);\n}\n',
      "b.go":
        'package b\n\nfunc IsBad(q string) bool {\n\tif strings.HasPrefix(q, "DROP DATABASE ") {\n\t\treturn true\n\t}\n\tswitch q {\n\tcase "DROP DATABASE a":\n\t\treturn true\n\t}\n\treturn strings.Contains(q, "DROP ROLE ")\n}\n',
      "c.py":
        'def is_bad(sql):\n    if sql == "DROP DATABASE a" or "DROP ROLE a" in sql:\n        return True\n    return re.match("DROP DATABASE x", sql) is not None\n',
    },
  ],
  [
    "a chain of words, Rust",
    {
      "a.rs":
        'use std::process::Command;\n\nfn go(name: &str) {\n    Command::new("dropdb").arg("--if-exists").arg(name).status().unwrap(); // @finds server\n    Command::new("createdb").arg(name).status().unwrap();\n}\n',
      "b.rs":
        'use std::process::Command;\n\nfn go() {\n    let mut command = Command::new("psql");\n    command.arg("-c");\n    command.arg("DROP DATABASE a"); // @finds database\n    command.status().unwrap();\n}\n',
    },
  ],
  [
    "words handed to what starts a process",
    {
      "a.py":
        'import subprocess\n\ndef go(name):\n    subprocess.run(["dropdb", name], check=True)  # @finds server\n    subprocess.run(["echo", "dropdb", name])\n',
      "b.ts":
        'import { execFileSync } from "node:child_process";\nexport const go = (name: string) => execFileSync("psql", ["-c", `DROP DATABASE ${name}`]); // @finds database\n',
      "c.go":
        'package c\n\nfunc Go(name string) error {\n\treturn exec.Command("psql", "-c", "DROP DATABASE "+name).Run() // @finds database\n}\n',
    },
  ],
  [
    "structs by position, Go",
    {
      "a.go":
        'package a\n\ntype step struct {\n\tname string\n\tsql  string\n}\n\nvar steps = []step{\n\t{"clean", "DROP DATABASE a"},\n\t{"look", "SELECT 1"},\n}\n\nfunc Go(db *sql.DB) {\n\tfor _, each := range steps {\n\t\tdb.Exec(each.sql) // @finds database\n\t}\n}\n',
    },
  ],
  [
    "documents of Mongo",
    {
      "a.go":
        'package a\n\nimport "go.mongodb.org/mongo-driver/bson"\n\nfunc Go(ctx context.Context, db *mongo.Database) {\n\tdb.RunCommand(ctx, bson.D{{"dropDatabase", 1}}) // @finds mongo-database\n\tdb.RunCommand(ctx, bson.M{"ping": 1})\n}\n',
      "b.py":
        'from pymongo import MongoClient\n\ndef go(client, name):\n    client[name].command("dropUser", name)  # @finds mongo-user\n    client[name].command({"dropDatabase": 1})  # @finds mongo-database\n    client[name].command("ping")\n',
      "c.rb":
        'require "mongo"\n\ndef go(client)\n  client.database.command(dropUser: "bob") # @finds mongo-user\n  client.database.command(ping: 1)\nend\n',
      "d.ts":
        'import { MongoClient } from "mongodb";\nexport async function go(client: MongoClient) {\n  const command = { dropDatabase: 1 };\n  await client.db("a").command(command); // @finds mongo-database\n  await client.db("a").collection("b").drop();\n}\n',
    },
  ],
  [
    "scripts in Lua for Redis, by every client's own method",
    {
      "a.go":
        'package a\n\nimport "github.com/redis/go-redis/v9"\n\nvar wipe = redis.NewScript(`redis.call("FLUSHDB")`)\n\nfunc Go(rdb *redis.Client) {\n\trdb.Eval(ctx, "return redis.call(\'FLUSHALL\')", nil) // @finds flush\n\twipe.Run(ctx, rdb, nil) // @finds flush\n\trdb.Eval(ctx, "return redis.call(\'GET\', KEYS[1])", nil)\n}\n',
      "b.py":
        "from redis import Redis\n\nr = Redis()\n\ndef go():\n    r.eval(\"return redis.call('FLUSHALL')\", 0)  # @finds flush\n    script = r.register_script(\"redis.call('FLUSHDB')\")  # @finds flush\n    script()\n    print(\"return redis.call('FLUSHALL')\")\n",
      "C.java":
        "import redis.clients.jedis.Jedis;\nclass C {\n  void go(Jedis jedis) {\n    jedis.eval(\"return redis.call('ACL', 'DELUSER', ARGV[1])\"); // @finds acl-user\n  }\n}\n",
      "D.cs":
        "using StackExchange.Redis;\nclass D {\n  void Go(IDatabase db) {\n    db.ScriptEvaluate(\"return redis.call('FLUSHALL')\"); // @finds flush\n  }\n}\n",
      "e.rs":
        "fn go(con: &mut redis::Connection) {\n    redis::Script::new(\"return redis.call('FLUSHALL')\").invoke::<()>(con).unwrap(); // @finds flush\n}\n",
    },
  ],
  [
    "a function of an object that a factory returns, called where its type is out of reach: one destruction",
    {
      "server.ts":
        'import { Client } from "pg";\n\nexport function openServer(client: Client) {\n  const dropDatabase = async (name: string) => {\n    await client.query(`DROP DATABASE ${name}`); // @finds database\n  };\n  return { dropDatabase };\n}\n',
      "prove.ts":
        '// a proof on postgres\nexport async function* prove(subject) {\n  const { scratch } = yield* subject();\n  await scratch.dropDatabase(subject.name);\n}\nexport const other = (queryRunner) => queryRunner.dropDatabase("a"); // @finds database\n',
    },
  ],
];

test.each(programs)("%s", async (_, files) => {
  const { found, expected } = await scanMarked(files);
  expect(found).toEqual(expected);
});
