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
