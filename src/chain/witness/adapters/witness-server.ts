import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { mostSubmissionBytes } from "../../../audit/witness/submission.ts";
import { OpsError } from "../../../errors.ts";
import { createBoundedQueue } from "../../../run/bounded-queue.ts";
import type { ListenAddress } from "../../listen-address.ts";
import type { Judged } from "../events.ts";
import type { WitnessRecords } from "../ports.ts";
import { fail, plainText } from "../witness.ts";
import type { Answer, Witness } from "../witness.ts";

export interface WitnessServer extends AsyncDisposable {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  requests(signal: AbortSignal): AsyncGenerator<Judged, void>;
  readonly dropped: number;
}

interface Serving {
  readonly witness: Witness;
  readonly records: WitnessRecords;
  /** Hears of every request, also of those that nobody reads in time. */
  readonly onJudged: (judged: Judged) => void;
}

const bodyMs = 10_000;
const drainMs = 10_000;
const mostConnections = 256;
const mostUnreadFacts = 1000;

/**
 * Serves `POST /add-checkpoint`, `GET /<SHA-256 of the origin>/checkpoint` (the last cosigned one) and `/healthz`. Nothing is
 * authenticated but checkpoints, by their signatures. Throws `bad-input` when the address cannot be had.
 */
export async function startWitnessServer(
  listen: ListenAddress,
  { witness, records, onJudged }: Serving,
): Promise<WitnessServer> {
  const facts = createBoundedQueue<Judged>(mostUnreadFacts);
  let stopping: Promise<void> | null = null;
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const startedAt = performance.now();
    // A socket that is gone later has no address.
    const peer = request.socket.remoteAddress ?? "";
    const path = (request.url ?? "").split("?", 1)[0] ?? "";
    const answer: Reply = await route(request, path, witness, records).catch((error: unknown) =>
      fail(nowhere, error),
    );
    response.writeHead(answer.status, {
      "content-type": answer.contentType,
      "content-length": Buffer.byteLength(answer.body),
      ...answer.headers,
      // What was not read is not to be taken for the next request.
      ...(request.complete && stopping === null ? {} : { connection: "close" }),
    });
    response.end(request.method === "HEAD" ? "" : answer.body);
    if (answer.fact === null) return;
    const judged: Judged = {
      type: "checkpoint-judged",
      status: answer.status,
      ...answer.fact,
      peer,
      ms: performance.now() - startedAt,
    };
    onJudged(judged);
    facts.push(judged);
  };
  const server = createServer(
    { headersTimeout: 5000, requestTimeout: bodyMs + 5000, keepAliveTimeout: 65_000, maxHeaderSize: 8192 },
    // What cannot be answered any more is one client's trouble, never the witness's.
    (request, response) => void serve(request, response).catch(() => response.destroy()),
  );
  server.maxConnections = mostConnections;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(listen.port, listen.host, () => resolve());
  await promise.catch((cause: unknown) => {
    throw new OpsError(
      "bad-input",
      `cannot listen on ${listen.host}:${listen.port}: ${cause instanceof Error ? cause.message : String(cause)}`,
      "name a free port of this machine with --listen",
      { cause },
    );
  });
  server.on("error", () => undefined);
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : listen.port;
  return {
    url: `http://${listen.host.includes(":") ? `[${listen.host}]` : listen.host}:${port}`,
    async *requests(signal) {
      const onAbort = (): void => void stop();
      signal.addEventListener("abort", onAbort, { once: true });
      if (signal.aborted) onAbort();
      yield* facts;
      signal.removeEventListener("abort", onAbort);
    },
    get dropped() {
      return facts.dropped;
    },
    [Symbol.asyncDispose]: stop,
  };

  /** Takes no more requests, and resolves when those that were begun are answered and told. */
  function stop(): Promise<void> {
    stopping ??= drain();
    return stopping;
  }

  async function drain(): Promise<void> {
    const closed = new Promise<void>((done) => server.close(() => done()));
    server.closeIdleConnections();
    const late = setTimeout(() => server.closeAllConnections(), drainMs);
    await closed;
    clearTimeout(late);
    facts.close();
  }
}

type Reply = Omit<Answer, "fact"> & {
  readonly fact: Answer["fact"] | null;
  readonly headers?: Readonly<Record<string, string>>;
};

const nowhere = { origin: null, oldSize: null, size: null } as const;

async function route(
  request: IncomingMessage,
  path: string,
  witness: Witness,
  records: WitnessRecords,
): Promise<Reply> {
  const isReading = request.method === "GET" || request.method === "HEAD";
  if (path === "/add-checkpoint") {
    if (request.method !== "POST") return refuse(405, "add-checkpoint is a POST", { allow: "POST" });
    const body = await readBody(request);
    return typeof body === "number" ? refuse(body, bodyReasons[body]) : witness.addCheckpoint(body);
  }
  if (path === "/healthz") return isReading ? say(200, "ok") : say(405, "only GET", { allow: "GET, HEAD" });
  const origin = /^\/([0-9a-f]{64})\/checkpoint$/.exec(path)?.[1];
  if (origin === undefined)
    return say(404, "there are /add-checkpoint, /<SHA-256 of an origin>/checkpoint and /healthz");
  if (!isReading) return say(405, "only GET", { allow: "GET, HEAD" });
  const note = await records.publish(origin);
  return note === null
    ? say(404, "nothing of this origin was cosigned here")
    : { status: 200, contentType: plainText, body: note, fact: null };
}

const bodyReasons = { 408: "the request did not arrive in time", 413: "the request is too long" } as const;

/** The whole body; or the status that refuses it. */
async function readBody(request: IncomingMessage): Promise<Uint8Array | 408 | 413> {
  if (Number(request.headers["content-length"] ?? 0) > mostSubmissionBytes) return 413;
  const { promise: late, resolve: expire } = Promise.withResolvers<408>();
  const timer = setTimeout(() => expire(408), bodyMs);
  try {
    return await Promise.race([collect(request), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function collect(request: IncomingMessage): Promise<Uint8Array | 408 | 413> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of request as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      if (length > mostSubmissionBytes) return 413;
      chunks.push(chunk);
    }
  } catch {
    // The client went away before it had said all: nobody reads the answer.
    return 408;
  }
  return Buffer.concat(chunks);
}

/** An answer that is no checkpoint's, and of which nothing is told. */
function say(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, contentType: plainText, body: `${text}\n`, fact: null, headers };
}

function refuse(status: number, reason: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return {
    ...say(status, reason, headers),
    fact: { outcome: "refused", ...nowhere, reason, evidence: null },
  };
}
