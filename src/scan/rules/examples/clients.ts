import type { DestructionKind } from "../../../destruction/kinds.ts";
import type { ExampleLanguage } from "../rule.ts";

/** What a client of a server destroys with, and what looks like it: statements in which `name` is a variable. */
interface ClientCalls {
  readonly destroys: string;
  readonly harmless: string;
}

export type ClientKind = Extract<
  DestructionKind,
  "acl-user" | "flush" | "keys" | "mongo-database" | "mongo-user" | "collection" | "stream" | "server"
>;
type CodeLanguage = Exclude<
  ExampleLanguage,
  "javascript" | "sql" | "dockerfile" | "makefile" | "yaml" | "json" | "terraform"
>;

const of = (destroys: string, harmless: string): ClientCalls => ({ destroys, harmless });

/** What each client library writes. JavaScript writes what TypeScript does. */
export const clientCalls: Readonly<Record<ClientKind, Readonly<Record<CodeLanguage, ClientCalls>>>> = {
  "acl-user": {
    go: of('rdb.Do(ctx, "ACL", "DELUSER", name).Err()', 'rdb.Do(ctx, "ACL", "GETUSER", name).Err()'),
    typescript: of('await redis.call("ACL", "DELUSER", name);', 'await redis.call("ACL", "GETUSER", name);'),
    python: of("redis.acl_deluser(name)", "redis.acl_getuser(name)"),
    java: of("jedis.aclDelUser(name);", "jedis.aclGetUser(name);"),
    ruby: of('redis.call("ACL", "DELUSER", name)', 'redis.call("ACL", "GETUSER", name)'),
    php: of("$redis->rawCommand('ACL', 'DELUSER', $name);", "$redis->rawCommand('ACL', 'GETUSER', $name);"),
    rust: of(
      'redis::cmd("ACL").arg("DELUSER").arg(name).exec(redis)?;',
      'redis::cmd("ACL").arg("GETUSER").arg(name).exec(redis)?;',
    ),
    csharp: of('redis.Execute("ACL", "DELUSER", name);', 'redis.Execute("ACL", "GETUSER", name);'),
    shell: of('redis-cli ACL DELUSER "$1"', 'redis-cli ACL GETUSER "$1"'),
  },
  flush: {
    go: of("rdb.FlushAll(ctx).Err()", "rdb.Del(ctx, name).Err()"),
    typescript: of("await redis.flushall();", "await redis.del(name);"),
    python: of("redis.flushall()", "redis.delete(name)"),
    java: of("jedis.flushAll();", "jedis.del(name);"),
    ruby: of("redis.flushall", "redis.del(name)"),
    php: of("$redis->flushAll();", "$redis->del($name);"),
    rust: of('redis::cmd("FLUSHALL").exec(redis)?;', 'redis::cmd("DEL").arg(name).exec(redis)?;'),
    csharp: of('redis.Execute("FLUSHALL");', "redis.KeyDelete(name);"),
    shell: of("redis-cli FLUSHALL", 'redis-cli DEL "$1"'),
  },
  keys: {
    go: of(
      "rdb.Do(ctx, \"EVAL\", \"return redis.call('DEL', unpack(redis.call('KEYS', ARGV[1])))\", 0, name).Err()",
      'rdb.Do(ctx, "EVAL", "return redis.call(\'KEYS\', ARGV[1])", 0, name).Err()',
    ),
    typescript: of(
      "await redis.call(\"EVAL\", \"return redis.call('DEL', unpack(redis.call('KEYS', ARGV[1])))\", 0, name);",
      'await redis.call("EVAL", "return redis.call(\'KEYS\', ARGV[1])", 0, name);',
    ),
    python: of(
      "redis.execute_command(\"EVAL\", \"return redis.call('DEL', unpack(redis.call('KEYS', ARGV[1])))\", 0, name)",
      'redis.execute_command("EVAL", "return redis.call(\'KEYS\', ARGV[1])", 0, name)',
    ),
    java: of(
      "jedis.eval(\"return redis.call('DEL', unpack(redis.call('KEYS', ARGV[1])))\", 0, name);",
      "jedis.eval(\"return redis.call('KEYS', ARGV[1])\", 0, name);",
    ),
    php: of(
      "$redis->eval(\"return redis.call('DEL', unpack(redis.call('KEYS', ARGV[1])))\", [$name], 0);",
      "$redis->eval(\"return redis.call('KEYS', ARGV[1])\", [$name], 0);",
    ),
    rust: of(
      "redis::cmd(\"EVAL\").arg(\"return redis.call('DEL', unpack(redis.call('KEYS', ARGV[1])))\").arg(0).arg(name).exec(redis)?;",
      'redis::cmd("EVAL").arg("return redis.call(\'KEYS\', ARGV[1])").arg(0).arg(name).exec(redis)?;',
    ),
    csharp: of(
      "redis.ScriptEvaluate(\"return redis.call('DEL', unpack(redis.call('KEYS', ARGV[1])))\", values: [name]);",
      "redis.ScriptEvaluate(\"return redis.call('KEYS', ARGV[1])\", values: [name]);",
    ),
    ruby: of(
      "redis.call(\"EVAL\", \"return redis.call('DEL', unpack(redis.call('KEYS', ARGV[1])))\", 0, name)",
      'redis.call("EVAL", "return redis.call(\'KEYS\', ARGV[1])", 0, name)',
    ),
    shell: of(
      "redis-cli EVAL \"return redis.call('DEL', unpack(redis.call('KEYS', ARGV[1])))\" 0 \"tenant:$1:*\"",
      'redis-cli EVAL "return redis.call(\'KEYS\', ARGV[1])" 0 "tenant:$1:*"',
    ),
  },
  "mongo-database": {
    go: of("client.Database(name).Drop(ctx)", 'client.Database("shop").Collection(name).Drop(ctx)'),
    typescript: of(
      "await client.db(name).dropDatabase();",
      'await client.db("shop").collection(name).drop();',
    ),
    python: of("client.drop_database(name)", 'client["shop"][name].drop()'),
    java: of("client.getDatabase(name).drop();", 'client.getDatabase("shop").getCollection(name).drop();'),
    ruby: of("client.use(name).database.drop", "client[name].drop"),
    php: of("$client->dropDatabase($name);", "$client->selectCollection('shop', $name)->drop();"),
    rust: of(
      "client.database(name).drop().await?;",
      'client.database("shop").collection::<Document>(name).drop().await?;',
    ),
    csharp: of(
      "await client.DropDatabaseAsync(name);",
      'await client.GetDatabase("shop").DropCollectionAsync(name);',
    ),
    shell: of("mongosh shop --eval 'db.dropDatabase()'", "mongosh shop --eval 'db.sessions.drop()'"),
  },
  "mongo-user": {
    go: of(
      'client.Database("shop").RunCommand(ctx, bson.D{{Key: "dropUser", Value: name}}).Err()',
      'client.Database("shop").RunCommand(ctx, bson.D{{Key: "usersInfo", Value: name}}).Err()',
    ),
    typescript: of(
      'await client.db("shop").command({ dropUser: name });',
      'await client.db("shop").command({ usersInfo: name });',
    ),
    python: of('client["shop"].command("dropUser", name)', 'client["shop"].command("usersInfo", name)'),
    java: of(
      'client.getDatabase("shop").runCommand(new Document("dropUser", name));',
      'client.getDatabase("shop").runCommand(new Document("usersInfo", name));',
    ),
    ruby: of("client.database.command(dropUser: name)", "client.database.command(usersInfo: name)"),
    php: of(
      "$client->selectDatabase('shop')->command(['dropUser' => $name]);",
      "$client->selectDatabase('shop')->command(['usersInfo' => $name]);",
    ),
    rust: of(
      'client.database("shop").run_command(doc! { "dropUser": name }).await?;',
      'client.database("shop").run_command(doc! { "usersInfo": name }).await?;',
    ),
    csharp: of(
      'await client.GetDatabase("shop").RunCommandAsync<BsonDocument>(new BsonDocument("dropUser", name));',
      'await client.GetDatabase("shop").RunCommandAsync<BsonDocument>(new BsonDocument("usersInfo", name));',
    ),
    shell: of("mongosh shop --eval 'db.dropUser(\"ann\")'", "mongosh shop --eval 'db.getUser(\"ann\")'"),
  },
  collection: {
    go: of(
      'client.Database("shop").RunCommand(ctx, bson.D{{Key: "drop", Value: name}}).Err()',
      'client.Database("shop").RunCommand(ctx, bson.D{{Key: "count", Value: name}}).Err()',
    ),
    typescript: of(
      'await client.db("shop").command({ drop: name });',
      'await client.db("shop").command({ count: name });',
    ),
    python: of('client["shop"].command("drop", name)', 'client["shop"].command("count", name)'),
    java: of(
      'client.getDatabase("shop").runCommand(new Document("drop", name));',
      'client.getDatabase("shop").runCommand(new Document("count", name));',
    ),
    ruby: of("client.database.command(drop: name)", "client.database.command(count: name)"),
    php: of(
      "$client->selectDatabase('shop')->command(['drop' => $name]);",
      "$client->selectDatabase('shop')->command(['count' => $name]);",
    ),
    rust: of(
      'client.database("shop").run_command(doc! { "drop": name }).await?;',
      'client.database("shop").run_command(doc! { "count": name }).await?;',
    ),
    csharp: of(
      'await client.GetDatabase("shop").RunCommandAsync<BsonDocument>(new BsonDocument("drop", name));',
      'await client.GetDatabase("shop").RunCommandAsync<BsonDocument>(new BsonDocument("count", name));',
    ),
    shell: of("mongosh shop --eval 'db.orders.drop()'", "mongosh shop --eval 'db.orders.countDocuments()'"),
  },
  stream: {
    go: of("js.DeleteStream(ctx, name)", "js.Conn().FlushWithContext(ctx)"),
    typescript: of("await jsm.streams.delete(name);", "await jsm.streams.info(name);"),
    python: of("await js.delete_stream(name)", "await js.stream_info(name)"),
    java: of("jsm.deleteStream(name);", "jsm.getStreamInfo(name);"),
    ruby: of("js.delete_stream(name)", "js.stream_info(name)"),
    php: of(
      "$nats->request('$JS.API.STREAM.DELETE.' . $name, '');",
      "$nats->request('$JS.API.STREAM.INFO.' . $name, '');",
    ),
    rust: of("js.delete_stream(name).await?;", "js.get_stream(name).await?;"),
    csharp: of("await js.DeleteStreamAsync(name);", "await js.GetStreamAsync(name);"),
    shell: of("nats stream rm ORDERS --force", "nats stream info ORDERS"),
  },
  server: {
    go: of(
      'exec.CommandContext(ctx, "dropdb", name).Run()',
      'exec.CommandContext(ctx, "createdb", name).Run()',
    ),
    typescript: of('execFileSync("dropdb", [name]);', 'execFileSync("createdb", [name]);'),
    python: of(
      'subprocess.run(["dropdb", name], check=True)',
      'subprocess.run(["createdb", name], check=True)',
    ),
    java: of('new ProcessBuilder("dropdb", name).start();', 'new ProcessBuilder("createdb", name).start();'),
    ruby: of('system("dropdb", name)', 'system("createdb", name)'),
    php: of("exec('dropdb ' . escapeshellarg($name));", "exec('createdb ' . escapeshellarg($name));"),
    rust: of('Command::new("dropdb").arg(name).status()?;', 'Command::new("createdb").arg(name).status()?;'),
    csharp: of('Process.Start("dropdb", name);', 'Process.Start("createdb", name);'),
    shell: of('kubectl delete namespace "$1"', 'kubectl get namespace "$1"'),
  },
};
