import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { destructionKinds, scannedByDefault } from "../../../src/destruction/kinds.ts";
import { createNameFilter, createPrefilter } from "../../../src/scan/files/has-candidate.ts";
import { createWordSearch } from "../../../src/scan/files/find-words.ts";

const byDefault = createPrefilter(scannedByDefault);
const all = createPrefilter(new Set(destructionKinds));

/** Each by itself in a file, with and without more around it. */
const candidates = [
  'db.Exec("drop database " + name)',
  "DROP\n\tROLE x",
  "dropdb --if-exists x",
  "client.db(name).dropDatabase()",
  "await context.Database.EnsureDeletedAsync();",
  "php artisan migrate:fresh",
  "Artisan::call('db:wipe')",
  "bin/rails db:reset",
  "diesel database reset",
  "DELETE FROM pg_catalog.pg_authid",
  'UPDATE "pg_database" SET datallowconn = false',
  "DELETE FROM mysql.user WHERE User='x'",
  "curl http://influx:8086/query?q=DROP%20DATABASE%20shop",
  "curl http://influx:8086/query --data-urlencode 'q=DROP DATABASE shop'",
  "redis-cli ACL DELUSER bob",
  'redis.call("ACL", "SETUSER", name, "reset")',
  "client.acl_deluser(name)",
  "r.flushall()",
  "SWAPDB 0 1",
  "config set maxmemory 1",
  "db.removeUser('x')",
  "js.DeleteStream(ctx, name)",
  "jsm.streams.delete(name)",
  "nats stream rm ORDERS -f",
  'nc.request("$JS.API.STREAM.DELETE.x")',
  "ch.queueDelete(name)",
  "channel.queue_purge(queue)",
  "queue.obliterate({ force: true })",
  "kubectl delete ns x",
  "core_v1.delete_namespace(name)",
  "clientset.CoreV1().Namespaces().Delete(ctx, name, opts)",
  "docker compose down -v",
  "docker volume rm pgdata",
  "docker-compose down --volumes",
  "terraform destroy",
  "aws rds delete-db-instance",
  "gcloud sql instances delete x",
  "rds.deleteDBInstance(params)",
  "state: absent",
  "prisma migrate reset --force",
  "prisma db push --force-reset",
  "prisma db push --accept-data-loss",
  "synchronize: true, dropSchema: true",
  "heroku pg:reset DATABASE",
  "supabase db reset",
  "flyway clean",
  "rm -rf /var/lib/postgresql/16/main",
  "shutil.rmtree('/srv/pgdata')",
  '"db:drop": "sequelize-cli db:drop"',
  "mysqladmin drop -u root -psecret shop",
  "%x(rails db:drop:_unsafe db:create db:migrate)",
  'Rake::Task["db:drop"].invoke',
  "Apartment::Tenant.drop(subdomain)",
  "class Fresh : DropCreateDatabaseAlways<Shop> {}",
  "ActiveRecord::Tasks::DatabaseTasks.drop_current",
  "DatabaseTasks.purge_all",
  'server.KillDatabase("x")',
  'client.namespaces().withName("x").delete()',
  "migrate -path m -database $(URL) drop -f",
  "- redis: {command: flush, flush_mode: all}",
  "DELETE FROM pg_am WHERE amname = 'x';",
  "mix ecto.reset",
  "mix ash.reset",
  "bin/rails db:truncate_all",
  "rails db:seed:replant",
  "mikro-orm migration:fresh",
  "mikro-orm schema:fresh",
  "sea-orm-cli migrate fresh",
  "nats kv del CONFIG",
  'exec.Command("nats", "--creds", creds, "account", "purge")',
  "wp db clean --yes",
  "wp site empty",
  "atlas schema clean -u $URL",
  "spring.flyway.clean-at-start=true",
  "wrangler d1 delete prod",
  "pscale branch delete app dev",
  "neonctl projects delete p",
  "az group delete -n prod --yes",
  "aws s3 rb s3://backups --force",
  "aws efs delete-file-system --file-system-id x",
  "doctl databases rm 1234",
  "doctl compute volume delete x",
  "ddev delete --omit-snapshot",
  "docker-compose \\\n  down \\\n  -v",
  "fly volumes destroy vol_1",
  "heroku addons:destroy heroku-postgresql",
  "rabbitmqctl force_reset",
  "kafka-topics.sh --bootstrap-server k:9092 --topic t --delete",
  "rpk topic delete t # kafka",
  "await client.send(new DeleteQueueCommand({ QueueUrl }))",
  "new DeleteDBClusterCommand(input)",
  "call_command('flush', interactive=False)",
  'verb + " DATABASE " + name',
  "`${verb} ROLE ${name}`",
  'fmt.Sprintf("%s SCHEMA %q", verb, name)',
  'verb + " database " + name',
];

/** In this case only. */
const methods = [
  "client.db('x').drop()",
  "$client->shop->drop();",
  "client.Database(name).Drop(ctx)",
  "db.drop(None).await?",
  "database.drop(clientSession)",
  "mongo.database.drop(session: session)",
];

describe("what a default scan must look at", () => {
  test.each(candidates)("%s", (text) => {
    expect(byDefault(Buffer.from(text))).toBe(true);
    expect(byDefault(Buffer.from(`${"x y\n".repeat(500)}${text}\n${"z".repeat(300)}`))).toBe(true);
    expect(byDefault(Buffer.from(text.toUpperCase().replaceAll("%S", "%s")))).toBe(true);
  });
});

test.each(methods)("the method %s", (text) => {
  expect(byDefault(Buffer.from(`${"x y\n".repeat(500)}${text}\n`))).toBe(true);
});

test.each([
  'const user = "user";',
  "map.delete(key)",
  "const role = `${name} role of ${user}`;",
  "stream.on('data', (chunk) => queue.push(chunk))",
  "if (database === undefined) return null;",
  "arguments.length < 1 && remove(listener)",
  'throw new Error("no such schema")',
  "delete state.current; delete core.config; delete db.cache[key]",
  "stream.destroy(error); taskQueue.remove(task); bucket.delete(key)",
  "const dropDown = producers.drop(segments[0]);",
  "flush(cb); worker.emit('flush', { code: 'FLUSH', context });",
  "rm -rf dist coverage node_modules",
  "fs.rmSync(folder, { recursive: true, force: true })",
  "function uninstall() {} // prune the tree",
  "Delete_all_unused_declarations: diag(6194)",
])("%s is no candidate", (text) => {
  expect(byDefault(Buffer.from(text))).toBe(false);
});

test("a kind that does not count adds nothing", () => {
  const only = createPrefilter(new Set(["flush"]));
  expect(only(Buffer.from("TRUNCATE x; DROP TABLE y"))).toBe(false);
  expect(byDefault(Buffer.from("TRUNCATE x"))).toBe(false);
  expect(all(Buffer.from("TRUNCATE x"))).toBe(true);
});

test("the functions of the policy are looked for, as words", () => {
  const named = createPrefilter(new Set(["flush"]), ["Deprovision", "x$y"]);
  expect(named(Buffer.from("b.Deprovision(ctx)"))).toBe(true);
  expect(named(Buffer.from("b.Deprovisioned(ctx); Deprovisions"))).toBe(false);
  expect(named(Buffer.from("x$y()"))).toBe(true);
  expect(createNameFilter([])(Buffer.from("anything"))).toBe(false);
});

test("the search finds what a plain search finds", () => {
  const words = ["drop", "flush", "delete_x", "db:wipe", "rm -", "dropped"];
  const search = createWordSearch(words);
  const piece = fc.constantFrom(
    "d",
    "D",
    "r",
    "o",
    "p",
    "drop",
    "dro",
    "flus",
    "h",
    "H",
    "delete_",
    "x",
    "db:",
    "wipe",
    "rm ",
    "-",
    "é",
    " ",
    "\0",
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 30 }).map((parts) => parts.join("")),
      (text) => {
        const bytes = Buffer.from(text);
        const found = new Set<string>();
        search(bytes, (index, at) => {
          found.add(`${index}@${at}`);
          return false;
        });
        const wanted = new Set<string>();
        const low = bytes.toString("latin1").toLowerCase();
        for (const [index, word] of words.entries())
          for (let at = low.indexOf(word); at !== -1; at = low.indexOf(word, at + 1))
            wanted.add(`${index}@${at}`);
        expect(found).toEqual(wanted);
      },
    ),
  );
});

test("every file of the labelled corpus that destroys something is a candidate", () => {
  const corpus = join(import.meta.dirname, "../../fixtures/scan/corpus");
  const missed = readdirSync(corpus).flatMap((name) => {
    const { destructions } = JSON.parse(readFileSync(join(corpus, name, "expected.json"), "utf8")) as {
      destructions: readonly { path: string }[];
    };
    const paths = new Set(destructions.map(({ path }) => join(corpus, name, path)));
    return [...paths].filter((path) => !byDefault(readFileSync(path)));
  });
  expect(missed).toEqual([]);
});

test("no bytes are too much for it", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => void all(bytes)));
});
