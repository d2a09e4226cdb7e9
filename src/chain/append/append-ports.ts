import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { appendBatch } from "../../audit/append-batch.ts";
import { appendEvents } from "../../audit/append-events.ts";
import { findChain } from "../../audit/find-chain.ts";
import { askCatalog } from "../../audit/secure-reading.ts";
import { OpsError } from "../../errors.ts";
import type { Session } from "../../postgres/session.ts";
import type { ProcessEdge } from "../../run/shell.ts";
import { noChain, openDatabase } from "../open-database.ts";
import type { BatchPorts } from "./batch-feature.ts";
import type { AppendPorts } from "./feature.ts";
import { readBatch } from "./read-batch.ts";

type World = Pick<ProcessEdge, "env" | "signal" | "cwd" | "openStdin">;

export function appendPorts(world: World): AppendPorts & BatchPorts {
  return {
    async append({ dbUrl, schema, event }) {
      await using writer = await openWriter(dbUrl, world);
      const { session, onCommit } = writer;
      const [appended] = await appendEvents(session, await placeOf(session, schema), [event], onCommit);
      if (appended === undefined)
        throw new OpsError("server-error", "nothing was appended", "append it again");
      return appended;
    },
    async appendBatch({ dbUrl, schema, batch, onConflict }, onProgress) {
      await using writer = await openWriter(dbUrl, world);
      const { session, onCommit } = writer;
      const place = await placeOf(session, schema);
      const chunks = batch === "-" ? world.openStdin() : readFile(batch, world.cwd);
      const events = readBatch(chunks, { needsId: onConflict === "skip" });
      return await appendBatch(session, place, events, {
        onConflict,
        signal: world.signal,
        onCommit,
        onProgress,
      });
    },
  };
}

interface Writer extends AsyncDisposable {
  readonly session: Session;
  readonly onCommit: () => void;
}

/** A session that a signal ends at once, but never between the commit and its answer. */
async function openWriter(dbUrl: string, world: World): Promise<Writer> {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  await using stack = new AsyncDisposableStack();
  const onCommit = (): void => world.signal.removeEventListener("abort", end);
  stack.defer(onCommit);
  world.signal.addEventListener("abort", end, { once: true });
  if (world.signal.aborted) end();
  const session = stack.use(
    await openDatabase(dbUrl, { ...world, signal: ending.signal, applicationName: "chain append" }),
  );
  const owned = stack.move();
  return { session, onCommit, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function placeOf(session: Session, schema: string | null): Promise<{ readonly schema: string }> {
  const wanted = { schema: schema ?? undefined, profile: "custody" };
  const place = await askCatalog(session, () => findChain(session, wanted));
  if (place === null) throw noChain(session, ` of custody's${schema === null ? "" : ` in schema ${schema}`}`);
  return place;
}

async function* readFile(path: string, cwd: string): AsyncGenerator<Uint8Array, void> {
  try {
    yield* createReadStream(resolve(cwd, path)) as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw new OpsError(
      "file-unreadable",
      `the batch cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      "name a file of JSON lines, or - for standard input: --batch FILE",
      { cause: error },
    );
  }
}
