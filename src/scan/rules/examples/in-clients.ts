import type { ExampleFiles, ExampleLanguage } from "../rule.ts";
import { clientCalls } from "./clients.ts";

type Kind = keyof typeof clientCalls;
type CodeLanguage = keyof (typeof clientCalls)[Kind] | "javascript";

/** What stands around a call: what the file imports, and the function that it is in. */
type Frame = (kind: Kind, call: string) => string;

const redis = (kind: Kind): boolean => kind === "acl-user" || kind === "flush" || kind === "keys";
const mongo = (kind: Kind): boolean => kind.startsWith("mongo") || kind === "collection";

/** The value for a client of this server. */
function choose(
  kind: Kind,
  values: readonly [redis: string, mongo: string, nats: string, process: string],
): string {
  if (redis(kind)) return values[0];
  if (mongo(kind)) return values[1];
  return kind === "stream" ? values[2] : values[3];
}

function script(kind: Kind, call: string, type: string): string {
  const head = choose(kind, [
    'import { Redis } from "ioredis";\n\nconst redis = new Redis();\n',
    'import { MongoClient } from "mongodb";\n\nconst client = new MongoClient("mongodb://localhost");\n',
    'import { connect } from "@nats-io/transport-node";\nimport { jetstreamManager } from "@nats-io/jetstream";\n\nconst jsm = await jetstreamManager(await connect());\n',
    'import { execFileSync } from "node:child_process";\n',
  ]);
  return `${head}\nexport async function forget(name${type}) {\n  ${call}\n}\n`;
}

const frames: Readonly<Record<CodeLanguage, { readonly path: string; readonly frame: Frame }>> = {
  go: {
    path: "tenants/forget.go",
    frame: (kind, call) => {
      const imports = choose(kind, [
        '\t"github.com/redis/go-redis/v9"\n',
        '\t"go.mongodb.org/mongo-driver/v2/bson"\n\t"go.mongodb.org/mongo-driver/v2/mongo"\n',
        '\t"github.com/nats-io/nats.go/jetstream"\n',
        '\t"os/exec"\n',
      ]);
      const client = choose(kind, [
        "rdb *redis.Client, ",
        "client *mongo.Client, ",
        "js jetstream.JetStream, ",
        "",
      ]);
      return `package tenants\n\nimport (\n\t"context"\n\n${imports})\n\nfunc forget(ctx context.Context, ${client}name string) error {\n\treturn ${call}\n}\n`;
    },
  },
  typescript: { path: "tenants/forget.ts", frame: (kind, call) => script(kind, call, ": string") },
  javascript: { path: "tenants/forget.js", frame: (kind, call) => script(kind, call, "") },
  python: {
    path: "tenants/forget.py",
    frame: (kind, call) => {
      const head = choose(kind, [
        "from redis import Redis\n\nredis = Redis()\n",
        "from pymongo import MongoClient\n\nclient = MongoClient()\n",
        "import nats\n",
        "import subprocess\n",
      ]);
      return kind === "stream"
        ? `${head}\n\nasync def forget(name):\n    nc = await nats.connect()\n    js = nc.jetstream()\n    ${call}\n`
        : `${head}\n\ndef forget(name):\n    ${call}\n`;
    },
  },
  java: {
    path: "tenants/Forget.java",
    frame: (kind, call) => {
      const head = choose(kind, [
        "import redis.clients.jedis.Jedis;\n",
        "import com.mongodb.client.MongoClient;\nimport org.bson.Document;\n",
        "import io.nats.client.JetStreamManagement;\n",
        "",
      ]);
      const field = choose(kind, ["Jedis jedis", "MongoClient client", "JetStreamManagement jsm", ""]);
      const held = field === "" ? "" : `  private final ${field};\n\n`;
      return `package shop.tenants;\n\n${head === "" ? "" : `${head}\n`}class Forget {\n${held}  void forget(String name) throws Exception {\n    ${call}\n  }\n}\n`;
    },
  },
  ruby: {
    path: "tenants/forget.rb",
    frame: (kind, call) => {
      const head = choose(kind, [
        'require "redis"\n\n',
        'require "mongo"\n\n',
        'require "nats/client"\n\n',
        "",
      ]);
      const given = choose(kind, ["redis, name", "client, name", "js, name", "name"]);
      return `${head}def forget(${given})\n  ${call}\nend\n`;
    },
  },
  php: {
    path: "tenants/forget.php",
    frame: (kind, call) => {
      const given = choose(kind, [
        "Redis $redis, ",
        "MongoDB\\Client $client, ",
        "Basis\\Nats\\Client $nats, ",
        "",
      ]);
      return `<?php\n\nfunction forget(${given}string $name): void\n{\n    ${call}\n}\n`;
    },
  },
  rust: {
    path: "tenants/forget.rs",
    frame: (kind, call) => {
      const head = choose(kind, [
        "use redis::Connection;\n\npub fn forget(redis: &mut Connection, name: &str) -> redis::RedisResult<()> {\n",
        "use mongodb::bson::{doc, Document};\nuse mongodb::Client;\n\npub async fn forget(client: &Client, name: &str) -> mongodb::error::Result<()> {\n",
        "use async_nats::jetstream::Context;\n\npub async fn forget(js: &Context, name: &str) -> Result<(), async_nats::Error> {\n",
        "use std::process::Command;\n\npub fn forget(name: &str) -> std::io::Result<()> {\n",
      ]);
      return `${head}    ${call}\n    Ok(())\n}\n`;
    },
  },
  csharp: {
    path: "tenants/Forget.cs",
    frame: (kind, call) => {
      const head = choose(kind, [
        "using StackExchange.Redis;\n",
        "using MongoDB.Bson;\nusing MongoDB.Driver;\n",
        "using NATS.Client.JetStream;\n",
        "using System.Diagnostics;\n",
      ]);
      const given = choose(kind, ["(IDatabase redis)", "(IMongoClient client)", "(INatsJSContext js)", ""]);
      return `using System.Threading.Tasks;\n${head}\nnamespace Shop.Tenants;\n\npublic class Forget${given}\n{\n    public async Task Run(string name)\n    {\n        ${call}\n        await Task.CompletedTask;\n    }\n}\n`;
    },
  },
  shell: { path: "bin/forget.sh", frame: (_, call) => `#!/bin/sh\nset -eu\n${call}\n` },
};

/** The examples of what client libraries and programs destroy. */
export function inClients(kind: Kind): readonly {
  readonly language: ExampleLanguage;
  readonly violation: ExampleFiles;
  readonly lookAlike: ExampleFiles;
}[] {
  return codeLanguages.map((language) => {
    const { destroys, harmless } = clientCalls[kind][language === "javascript" ? "typescript" : language];
    const { path, frame } = frames[language];
    return {
      language,
      violation: { [path]: frame(kind, destroys) },
      lookAlike: { [path]: frame(kind, harmless) },
    };
  });
}

const codeLanguages = [
  "go",
  "typescript",
  "javascript",
  "python",
  "java",
  "ruby",
  "php",
  "rust",
  "csharp",
  "shell",
] as const;
