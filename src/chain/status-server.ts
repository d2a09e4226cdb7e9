import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { resolve } from "node:path";
import { OpsError } from "../errors.ts";
import { answerRequest } from "./answer-request.ts";
import type { Pages } from "./answer-request.ts";
import { isLoopback, parseListenAddress } from "./listen-address.ts";
import type { ListenAddress } from "./listen-address.ts";

/** Where metrics are served, and who may read them; null asks nobody. */
export interface StatusPlace {
  readonly listen: ListenAddress;
  readonly token: string | null;
}

export interface StatusServer extends AsyncDisposable {
  /** The port that was taken, where 0 was asked for. */
  readonly port: number;
}

/** Serves what `pages` gives, anew at each request. Throws `bad-input` when the address cannot be had. */
export async function startStatusServer(
  { listen, token }: StatusPlace,
  pages: () => Pages,
): Promise<StatusServer> {
  const server = createServer(
    { headersTimeout: 5000, requestTimeout: 10_000, maxHeaderSize: 8192 },
    (request, response) => {
      const answer = answerRequest(
        {
          method: request.method ?? "",
          path: (request.url ?? "").split("?", 1)[0] ?? "",
          authorization: request.headers.authorization,
        },
        pages(),
        token,
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
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((done) => server.close(() => done()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Reads `--metrics-listen` and `--metrics-token-file`; null without the first. Throws `bad-usage`, `bad-input`. */
export async function statusPlace(
  flags: { readonly metricsListen: string | undefined; readonly metricsTokenFile: string | undefined },
  cwd: string,
): Promise<StatusPlace | null> {
  const { metricsListen, metricsTokenFile } = flags;
  const token = metricsTokenFile === undefined ? null : await readToken(metricsTokenFile, cwd);
  if (metricsListen === undefined) return null;
  const listen = parseListenAddress(metricsListen, "--metrics-listen");
  if (token !== null || isLoopback(listen)) return { listen, token };
  throw new OpsError(
    "bad-usage",
    `--metrics-listen ${metricsListen} can be reached from other machines, and asks nobody who they are`,
    "listen on 127.0.0.1, or ask for a token: --metrics-token-file FILE",
  );
}

/** The one line of a file, which is no secret in a list of processes. Throws `bad-input`. */
async function readToken(file: string, cwd: string): Promise<string> {
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
