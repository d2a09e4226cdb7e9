import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect as connectNats } from "@nats-io/transport-node";
import { MongoClient } from "mongodb";
import { programOfFile } from "../support/build-program.ts";
import { runProgram } from "../support/run-program.ts";
import { makeWireCertificates } from "../support/wire-certificates.ts";
import type { Certified } from "../support/wire-certificates.ts";
import { startWireOthers } from "../support/wire-others.ts";

/** Clients' certificates before Redis, NATS and MongoDB: by the whole program, with the libraries' own ways to show one. */

const pem = makeWireCertificates();
const asked = {
  authentication: "certificate",
  tls: { ...pem.server, client_ca: pem.ca, required: true },
};
const { home, scene } = await startWireOthers({
  program: programOfFile(),
  listeners: (kind) => [
    { name: `${kind}-ann`, ...asked, gate: { allowed_certificates: ["ann"] } },
    { name: `${kind}-ben`, ...asked, gate: { allowed_certificates: ["ben"] } },
  ],
});
const at = (name: string, text: string): string => {
  writeFileSync(join(home, name), text, { mode: 0o600 });
  return join(home, name);
};
const ca = at("wire-ca.crt", pem.ca);

/** What comes of a destruction in the name of whoever shows this; null: no certificate. Refused by the policy is `decided`. */
type Attempt = (listener: "ann" | "ben", shown: Certified | null) => Promise<string>;

const redis: Attempt = async (listener, shown) => {
  const own = shown === null ? [] : ["--cert", at("r.crt", shown.cert), "--key", at("r.key", shown.key)];
  const place = ["-h", "localhost", "-p", String(scene.portOf(`redis-${listener}`))];
  const { stdout, stderr } = await runProgram([
    "redis-cli",
    ...place,
    "--tls",
    "--cacert",
    ca,
    ...own,
    "FLUSHALL",
  ]);
  return stdout + stderr;
};

const nats: Attempt = async (listener, shown) => {
  try {
    const client = await connectNats({
      servers: `localhost:${scene.portOf(`nats-${listener}`)}`,
      tls: { ca: pem.ca, ...shown },
      reconnect: false,
      maxReconnectAttempts: 0,
      timeout: 30_000,
    });
    try {
      return await (await jetstreamManager(client, { checkAPI: false })).streams.delete("none").then(String);
    } finally {
      await client.close();
    }
  } catch (error) {
    return String(error);
  }
};

const mongo: Attempt = async (listener, shown) => {
  const options = {
    tls: true,
    tlsCAFile: ca,
    // It asks again and again until then where it is refused.
    serverSelectionTimeoutMS: listener === "ann" && shown === pem.client ? 30_000 : 1500,
    ...(shown === null ? {} : { tlsCertificateKeyFile: at("m.pem", shown.cert + shown.key) }),
  };
  const place = `mongodb://localhost:${scene.portOf(`mongo-${listener}`)}/?directConnection=true`;
  const client = new MongoClient(place, options);
  try {
    return JSON.stringify(await client.db("shop").dropDatabase());
  } catch (error) {
    return String(error);
  } finally {
    await client.close();
  }
};

test.each([
  ["Redis", redis],
  ["NATS", nats],
  ["MongoDB", mongo],
] as const)(
  "%s: who is allowed comes in and is told by name; no other name, no other authority, not without one",
  async (_, attempt) => {
    const decided = await attempt("ann", pem.client);
    const id = /drop ([0-9a-f-]{36})/.exec(decided)?.[1] ?? "";
    expect({ decided, id }).toEqual({ decided, id: expect.stringMatching(/^.{36}$/) as never });
    expect((await scene.run(["drop", "show", id])).stdout).toMatch(/certificate\S*\s+ann/);
    for (const out of [
      await attempt("ben", pem.client),
      await attempt("ann", pem.stranger),
      await attempt("ann", null),
    ])
      expect(out).not.toMatch(/drop [0-9a-f-]{36}|^true|^OK/);
  },
);
