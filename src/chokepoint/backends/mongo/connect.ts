import { accessSync, constants } from "node:fs";
import { MongoClient } from "mongodb";
import { OpsError } from "../../../errors.ts";
import { explained, mongoCodes, unlessCode } from "./explain-mongo.ts";

export interface MongoSession extends AsyncDisposable {
  readonly client: MongoClient;
  /** Fires when no server of the target answers any more. */
  readonly lost: AbortSignal;
}

/** Commands take no write concern from their client; a server before 5.0 would be content with its own memory. */
export const durable = { writeConcern: { w: "majority" } } as const;

/** Opens a client whose connections bear the name. Nothing is sent twice by itself. Throws `unreachable`, `authentication-failed`, `bad-config`. */
export async function openMongoSession(url: string, name: string): Promise<MongoSession> {
  const client = makeClient(url, name);
  const lost = new AbortController();
  client.on("serverHeartbeatFailed", () => {
    lost.abort(
      new OpsError("connection-lost", "MongoDB does not answer any more", "see whether the server runs", {
        isOutcomeUnknown: true,
      }),
    );
  });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => client.close());
  await explained(() => client.connect());
  const held = stack.move();
  return { client, lost: lost.signal, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

function makeClient(url: string, name: string): MongoClient {
  try {
    return new MongoClient(url, {
      appName: name,
      retryWrites: false,
      retryReads: false,
      readConcern: { level: "majority" },
      writeConcern: { w: "majority" },
      readPreference: "primary",
      serverSelectionTimeoutMS: 10_000,
      heartbeatFrequencyMS: 2000,
      maxPoolSize: 8,
    });
  } catch {
    // The driver's words may quote the URL.
    throw new OpsError(
      "bad-config",
      "the url of a MongoDB target cannot be read",
      "mongodb://user:password@host/?…",
    );
  }
}

/** That the driver takes the URL, and the files that it names can be read. Throws `bad-config`, `file-unreadable`. */
export function requireMongoUrl(url: string): void {
  const { tlsCAFile, tlsCertificateKeyFile, tlsCRLFile } = makeClient(url, "custody").options;
  for (const file of [tlsCAFile, tlsCertificateKeyFile, tlsCRLFile]) {
    if (file === undefined) continue;
    try {
      accessSync(file, constants.R_OK);
    } catch (cause) {
      throw new OpsError("file-unreadable", `cannot read ${file}`, "see the url of the MongoDB target", {
        cause,
      });
    }
  }
}

/** Ends what other connections of this name still run, where custody's user may see and kill it. Idle ones hold nothing. */
export async function endOperations({ client }: MongoSession, name: string): Promise<void> {
  const admin = client.db("admin");
  const running = await explained(() =>
    unlessCode(mongoCodes.unauthorized, { inprog: [] }, () =>
      admin.command({ currentOp: 1, $all: false, appName: name, active: true }),
    ),
  );
  for (const each of asList(running["inprog"]))
    if (isOperation(each) && each.command?.["currentOp"] === undefined)
      await explained(() => admin.command({ killOp: 1, op: each.opid }));
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isOperation(
  value: unknown,
): value is { readonly opid: number | string; readonly command?: Readonly<Record<string, unknown>> } {
  return typeof value === "object" && value !== null && "opid" in value;
}
