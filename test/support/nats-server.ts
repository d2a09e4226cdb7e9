import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { connect } from "@nats-io/transport-node";
import type { NatsConnection } from "@nats-io/transport-node";

/** Debian's nats-server with JetStream in a folder of its own. */
export interface NatsServer extends AsyncDisposable {
  readonly port: number;
  /** For the configuration of a target. */
  readonly url: string;
  connect(options?: { readonly user?: string; readonly pass?: string }): Promise<NatsConnection>;
  /** SIGTERM, and started again over the same store on the same port. */
  restart(): Promise<void>;
  kill(): Promise<void>;
}

/** `extra`: more lines of its configuration. */
export async function startNats(extra = "", options: { readonly domain?: string } = {}): Promise<NatsServer> {
  const domain = options.domain === undefined ? "" : `domain: ${options.domain}, `;
  const folder = await mkdtemp(join(tmpdir(), "custody-test-nats-"));
  const file = join(folder, "nats.conf");
  let child: ChildProcess | null = null;
  const launch = async (port: number): Promise<number> => {
    await writeFile(
      file,
      `listen: "127.0.0.1:${port}"\njetstream { ${domain}store_dir: "${join(folder, "store")}" }\n${extra}\n`,
    );
    child = spawn("/usr/sbin/nats-server", ["-c", file], { stdio: ["ignore", "ignore", "pipe"] });
    return await readPort(child);
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = child;
    child = null;
    if (ending === null) return;
    const ended = once(ending, "exit");
    ending.kill(signal);
    await ended;
  };
  const port = await launch(-1);
  const connections: NatsConnection[] = [];
  return {
    port,
    url: `nats://127.0.0.1:${port}`,
    async connect(login = {}) {
      const connection = await connect({ servers: `127.0.0.1:${port}`, ...login });
      connections.push(connection);
      return connection;
    },
    async restart() {
      await end("SIGTERM");
      await launch(port);
    },
    kill: () => end("SIGKILL"),
    async [Symbol.asyncDispose]() {
      for (const each of connections) await each.close();
      await end("SIGKILL");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function readPort(child: ChildProcess): Promise<number> {
  const lines: string[] = [];
  const ready = Promise.withResolvers<number>();
  const reader = createInterface({ input: child.stderr! });
  reader.on("close", () => ready.reject(new Error(`nats-server did not start: ${lines.join("\n")}`)));
  reader.on("line", (line) => {
    lines.push(line);
    const port = /client connections on 127\.0\.0\.1:(\d+)/.exec(lines.join("\n"))?.[1];
    if (port !== undefined && line.includes("Server is ready")) ready.resolve(Number(port));
  });
  return await ready.promise;
}
