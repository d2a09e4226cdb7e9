import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { resolve } from "node:path";
import { OpsError } from "../../../errors.ts";
import { answerRequest } from "../answer-request.ts";
import type { ListenAddress } from "../../listen-address.ts";
import type { StatusBoard } from "../ports.ts";
import { initialStatus } from "../status.ts";
import type { WatchStatus } from "../status.ts";

interface ServerOptions {
  readonly listen: ListenAddress;
  readonly token: string | null;
  readonly prefix: string;
  readonly intervalMs: number;
  readonly now: () => number;
}

export interface StatusServer extends StatusBoard, AsyncDisposable {
  /** The port that was taken, where 0 was asked for. */
  readonly port: number;
}

/** Serves the last published status over HTTP. Throws `bad-input` when the address cannot be had. */
export async function startStatusServer(options: ServerOptions): Promise<StatusServer> {
  const { listen, token, prefix, intervalMs, now } = options;
  let status: WatchStatus = initialStatus(intervalMs);
  const server = createServer(
    { headersTimeout: 5000, requestTimeout: 10_000, maxHeaderSize: 8192 },
    (request, response) => {
      const answer = answerRequest(
        {
          method: request.method ?? "",
          path: (request.url ?? "").split("?", 1)[0] ?? "",
          authorization: request.headers.authorization,
        },
        { status, nowMs: now(), prefix, token },
      );
      response.writeHead(answer.status, { ...answer.headers, "cache-control": "no-store" });
      response.end(request.method === "HEAD" ? "" : answer.body);
    },
  );
  server.maxConnections = 64;
  const { promise, resolve: listening, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(listen.port, listen.host, () => listening());
  await promise.catch((error: unknown) => {
    throw new OpsError(
      "bad-input",
      `cannot listen on ${listen.host}:${listen.port}: ${error instanceof Error ? error.message : String(error)}`,
      "name a free port of this machine with --metrics-listen",
      { cause: error },
    );
  });
  server.on("error", () => undefined);
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : listen.port,
    publish(next) {
      status = next;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((done) => server.close(() => done()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The one line of a file, which is no secret in a list of processes. Throws `bad-input`. */
export async function readToken(file: string, cwd: string): Promise<string> {
  const token = (
    await readFile(resolve(cwd, file), "utf8").catch((cause: unknown) => {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new OpsError(
        "bad-input",
        `cannot read the token of ${file}: ${why}`,
        "name a file that holds it, alone on its line",
      );
    })
  ).trim();
  if (/^[\x21-\x7e]{16,}$/.test(token)) return token;
  throw new OpsError(
    "bad-input",
    `${file} holds no token: it must be 16 or more visible ASCII characters on one line`,
    "make one: openssl rand -hex 32 > FILE; chmod 600 FILE",
  );
}
