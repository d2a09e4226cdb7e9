import { expect, test } from "bun:test";
import type { ExampleFiles } from "../../../src/scan/rules/rule.ts";
import { scanMarked } from "../../support/marked-sources.ts";

/** What a method or a class destroys by its name and by what it is on. A line that bears no mark must not be found. */
const programs: readonly (readonly [string, ExampleFiles])[] = [
  [
    "Redis, in a file that names no product",
    {
      "Reset.cs":
        "class Reset {\n  Task Go(IConnectionMultiplexer all) => Task.WhenAll(all.GetServers().Select(each => each.FlushAllDatabasesAsync())); // @finds flush\n  string[] Words() => Request.FlushAllDatabasesAsync().GetArgs();\n}\n",
      "Clear.java":
        "class Clear {\n  void go() throws Exception {\n    commands.flushall().get(); // @finds flush\n    session.flushAll();\n    entityManager.flush();\n  }\n}\n",
    },
  ],
  [
    "queues, by what bears their name",
    {
      "a.py":
        "class Worker:\n    def go(self, name):\n        self._mq_channel.queue_delete(queue=name)  # @finds stream\n        queue_service.purge_queue(name)  # @finds stream\n        self.view.purge_queue(name)\n",
    },
  ],
  [
    "a stream manager to which streams are added, too",
    {
      "a.ts":
        "export async function move(jsm: JetStreamManager, name: string, config: Config) {\n  await jsm.streams.delete(name); // @finds stream\n  await jsm.streams.add(config);\n}\n",
    },
  ],
  [
    "a schema for each tenant, Ruby",
    {
      "a.rb":
        "class Account\n  def forget\n    Apartment::Tenant.drop(name) # @finds schema\n    Tenant.drop(name)\n    list.drop(1)\n  end\nend\n",
    },
  ],
  [
    "Cassandra",
    {
      "a.js":
        "export const go = (knex, name) => knex().dropKeyspaceIfExists(name).exec(); // @finds database\nexport const ask = (view) => view.dropKeyspace();\n",
    },
  ],
  [
    "a handle by its name, whatever its type",
    {
      "A.cs":
        "class A {\n  void Go(IModel channel) {\n    channel.QueuePurge(name); // @finds stream\n    server.KillDatabase(name); // @finds database\n  }\n}\n",
      "B.java":
        "class B {\n  void go(DSLContext dsl) {\n    dsl.dropSchema(name).cascade().execute(); // @finds schema\n  }\n}\n",
      "c.ts": "export const go = () => mailQueue.obliterate({ force: true }); // @finds stream\n",
      "d.rb":
        "def go\n  ActiveRecord::Tasks::DatabaseTasks.drop_current # @finds database\n  ActiveRecord::Tasks::DatabaseTasks.create_current\nend\n",
    },
  ],
  [
    "a namespace that is narrowed down to, Kubernetes",
    {
      "A.java":
        'import io.fabric8.kubernetes.client.KubernetesClient;\nclass A {\n  void go(KubernetesClient k8s) {\n    k8s.namespaces().withName("shop").delete(); // @finds server\n    k8s.pods().inNamespace("shop").withName("a").delete();\n  }\n}\n',
    },
  ],
  [
    "a framework's own commands, run from its code",
    {
      "a.py":
        'from django.core.management import call_command\n\ndef go():\n    call_command("flush", interactive=False)  # @finds server\n    call_command("migrate")\n',
      "b.php":
        "<?php\nclass B {\n  function go() {\n    Artisan::call('migrate:fresh', ['--force' => true]); // @finds server\n    $this->call('db:wipe'); // @finds server\n    \\\\Artisan::call('migrate:fresh --seed'); // @finds server\n    Artisan::call('migrate --force');\n    $this->call('db:seed');\n    $this->call(UserSeeder::class);\n  }\n}\n",
      "c.rb":
        'def go\n  Rake::Task["db:drop"].invoke # @finds server\n  Rake::Task["db:create"].invoke\n  jobs["db:drop"].invoke\nend\n',
    },
  ],
  [
    "a process that is described before it is started, .NET",
    {
      "A.cs":
        'class A {\n  void Go(string name) {\n    var info = new ProcessStartInfo { FileName = "psql", Arguments = $"-c \\"DROP DATABASE {name}\\"" };\n    Process.Start(info); // @finds database\n  }\n}\n',
      "B.cs":
        'class B {\n  void Go(string name) {\n    var process = new Process();\n    process.StartInfo.FileName = "dropdb";\n    process.StartInfo.Arguments = name;\n    process.Start(); // @finds server\n  }\n}\n',
      "C.cs":
        'class C {\n  void Go(string name) {\n    var process = new Process { StartInfo = new ProcessStartInfo { FileName = "createdb", Arguments = name } };\n    process.Start();\n    thread.Start();\n    Process.Start("dropdb", name); // @finds server\n  }\n}\n',
    },
  ],
  [
    "initializers of Entity Framework",
    {
      "Fresh.cs":
        "class Fresh : DropCreateDatabaseAlways<Shop> { // @finds database\n  protected override void Seed(Shop shop) {}\n}\nclass Careful : CreateDatabaseIfNotExists<Shop> {}\n",
      "Start.cs":
        "class Start {\n  void Go() {\n    Database.SetInitializer(new DropCreateDatabaseIfModelChanges<Shop>()); // @finds database\n    Database.SetInitializer(new CreateDatabaseIfNotExists<Shop>());\n  }\n}\n",
    },
  ],
];

test.each(programs)("%s", async (_, files) => {
  const { found, expected } = await scanMarked(files);
  expect(found).toEqual([...expected]);
});
