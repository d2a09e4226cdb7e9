import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startProxyProcess } from "./proxy-process.ts";
import type { ProxyProcess } from "./proxy-process.ts";
import { runProgram } from "./run-program.ts";
import type { Told } from "./run-custody.ts";

type Section = Readonly<Record<string, unknown>>;

interface WireSceneOptions {
  /** A folder of the test's own. */
  readonly home: string;
  /** The URL of a database that is there, for the ledger. */
  readonly ledger: string;
  readonly targets: readonly Section[];
  /** `listen` is 127.0.0.1, and a port that is free, unless it is given. */
  readonly listeners: readonly Section[];
  /** The program of the checkout, unless it is given. */
  readonly program?: string;
  /** Of `--processes`; 1, unless it is given. */
  readonly processes?: number;
}

/** A proxy with listeners, started as people start it, and the command line to speak to it. */
export interface WireScene extends AsyncDisposable {
  readonly proxy: ProxyProcess;
  readonly config: string;
  portOf(listener: string): number;
  /** Runs `custody …` as a person who may approve. */
  run(args: readonly string[], as?: "ann" | "ben"): Promise<Told>;
}

const tokenOf = (person: string): string => `token-of-${person}-which-nobody-guesses`;
/** With `CUSTODY_TEST_PROGRAM` every scene runs a binary that was built: the path of it. */
const usual = process.env["CUSTODY_TEST_PROGRAM"] ?? join(import.meta.dirname, "../../bin/custody");

export async function startWireScene(options: WireSceneOptions): Promise<WireScene> {
  const { home, ledger, targets, program = usual } = options;
  const config = join(home, "custody.yaml");
  mkdirSync(join(home, "state"), { recursive: true });
  const tokens = ["ann", "ben"].map((name) => ({
    name,
    person: name,
    sha256: createHash("sha256").update(tokenOf(name)).digest("hex"),
    scopes: ["request", "read", "approve"],
  }));
  const listeners = options.listeners.map((each) => ({ listen: "127.0.0.1:0", ...each }));
  const text = {
    state_dir: join(home, "state"),
    ledger: { url: ledger },
    http: { listen: "127.0.0.1:0", tokens },
    targets,
    listeners,
  };
  // JSON is YAML.
  writeFileSync(config, JSON.stringify(text, null, 2));
  const proxy = startProxyProcess(config, {
    home,
    program,
    flags: ["--processes", String(options.processes ?? 1)],
  });
  const api = await proxy.api;
  const started = proxy.events.find(({ type }) => type === "proxy-started");
  const places = started?.["listeners"] as readonly { readonly name: string; readonly address: string }[];
  return {
    proxy,
    config,
    portOf(listener) {
      const { address } = places.find(({ name }) => name === listener)!;
      return Number(/:(\d+)$/.exec(address)?.[1]);
    },
    run: (args, as = "ann") =>
      runProgram([program, ...args], {
        cwd: home,
        env: { HOME: home, CUSTODY_API: api, CUSTODY_TOKEN: tokenOf(as) },
      }),
    [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
  };
}
