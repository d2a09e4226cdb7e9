import { expect, test } from "bun:test";
import type { ExampleFiles } from "../../../src/scan/rules/rule.ts";
import { scanMarked } from "../../support/marked-sources.ts";

const wrapper =
  "class Cache:\n    def flushall(self):\n        self.redis_client.flushall()  # @finds flush\n";

/**
 * Calls of a client's method where a class of the program has one of that name. One that runs the program's own is no second destruction; one that does not
 * must not be lost for it. A line that bears no mark must not be found.
 */
const programs: readonly (readonly [string, ExampleFiles])[] = [
  [
    "a double of the tests hides no client",
    {
      "app/a.py": "def go(r):\n    r.flushall()  # @finds flush\n",
      "tests/fakes.py": "class Redis:\n    def flushall(self):\n        self.store.clear()\n",
    },
  ],
  [
    "a fake by its name",
    {
      "app/a.py": "def go(r):\n    r.flushall()  # @finds flush\n",
      "app/b.py": "class FakeRedis:\n    def flushall(self):\n        self.store.clear()\n",
    },
  ],
  [
    "a variable that a library's function gave",
    {
      "a.py": "import redis\nr = redis.from_url(url)\n\ndef go():\n    r.flushall()  # @finds flush\n",
      "b.py": wrapper,
    },
  ],
  [
    "a variable that a library's function gave, Go",
    {
      "a/a.go":
        'package a\n\nimport "github.com/redis/go-redis/v9"\n\nfunc Go() {\n\trdb := redis.NewClient(nil)\n\trdb.FlushAll(ctx) // @finds flush\n}\n',
      "b/b.go":
        "package b\n\nfunc (c *Cache) FlushAll(ctx context.Context) error {\n\treturn c.rdb.FlushAll(ctx).Err() // @finds flush\n}\n",
    },
  ],
  [
    "what a call gives that the program does not declare",
    {
      "A.java":
        "import org.springframework.data.redis.core.*;\nclass A {\n  void go(StringRedisTemplate all) {\n    all.getConnectionFactory().getConnection().serverCommands().flushAll(); // @finds flush\n  }\n}\n",
      "B.java":
        "class B {\n  void flushAll() {\n    all.getConnectionFactory().getConnection().flushAll();\n  }\n}\n",
      "c.rb": "def go\n  ActiveRecord::Base.connection.drop_database(name) # @finds database\nend\n",
      "d.rb":
        "class D\n  def drop_database(name)\n    connection.drop_database(name) # @finds database\n  end\nend\n",
    },
  ],
  [
    "a name that is the product's, where no class of that name is",
    {
      "a.py": "def go(redis_client):\n    redis_client.flushall()  # @finds flush\n",
      "b.py": wrapper,
    },
  ],
  [
    "the product is imported, the class is not",
    {
      "conftest.py":
        "from pymongo import MongoClient\n\ndef go(client):\n    client.drop_database('a')  # @finds mongo-database\n",
      "store.py":
        "class Store:\n    def drop_database(self, name):\n        self.mongo.drop_database(name)  # @finds mongo-database\n",
    },
  ],
  [
    "a class of the program's own, by its name alone",
    { "a.py": "def go(cache):\n    cache.flushall()\n", "b.py": wrapper },
  ],
  [
    "a class of the program's own, that bears the product's name",
    {
      "a.js": "export const go = (redisClient) => redisClient.flushAll();\n",
      "b.js":
        "export class RedisClient {\n  flushAll() {\n    return this.inner.flushAll('ASYNC'); // @finds flush\n  }\n}\n",
    },
  ],
  [
    "a class of the program's own, that the file imports beside the product",
    {
      "a.py": "import redis\nfrom b import make\n\ndef go(cache):\n    cache.flushall()\n",
      "b.py": wrapper,
    },
  ],
  [
    "a class of the program's own, that a container gives",
    {
      "a.ts":
        'import { container } from "tsyringe";\nimport { Store } from "./b.js";\nconst store: any = container.resolve(Store);\nexport const go = () => store.dropDatabase();\n',
      "b.ts":
        "export class Store {\n  dropDatabase() {\n    return this.pool.query(`DROP DATABASE ${this.name}`); // @finds database\n  }\n}\n",
    },
  ],
];

test.each(programs)("%s", async (_, files) => {
  const { found, expected } = await scanMarked(files);
  expect(found).toEqual([...expected]);
});
