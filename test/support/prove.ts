import { loadProfile } from "../../src/audit/load-profile.ts";
import { openSmokePorts } from "../../src/smoke/adapters/smoke-ports.ts";
import type { SmokeVerdict } from "../../src/smoke/events.ts";
import { parseSmokeFlags } from "../../src/smoke/input.ts";
import type { SmokeFlags } from "../../src/smoke/input.ts";
import type { SmokePorts } from "../../src/smoke/ports.ts";
import { runSmoke } from "../../src/smoke/run.ts";
import { initialSmokeState, reduceSmoke } from "../../src/smoke/state.ts";
import type { SmokeState } from "../../src/smoke/state.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";

export interface Proved {
  readonly verdict: SmokeVerdict;
  readonly state: SmokeState;
  /** Names of the assertions that failed. */
  readonly failed: readonly string[];
  /** What custody could not give back. */
  readonly warnings: readonly string[];
}

/** Makes a proof in this process, with the real adapters; `change` swaps ports. */
export async function prove(
  flags: SmokeFlags,
  change: (ports: SmokePorts) => SmokePorts = (ports) => ports,
): Promise<Proved> {
  const input = parseSmokeFlags(flags, { jobs: 2 });
  const { signal } = new AbortController();
  const profile = input.profile === null ? undefined : await loadProfile(input.profile, process.cwd());
  const chain = { schema: input.schema ?? undefined, profile };
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(message);
  const ports = change(openSmokePorts({ input, env: process.env, pgBin: undefined, chain, signal, warn }));
  let state = initialSmokeState(input);
  const facts = runSmoke(input, ports, signal);
  for (;;) {
    const next = await facts.next();
    if (next.done) {
      const failed = state.assertions.filter(({ ok }) => ok === false).map(({ name }) => name);
      return { verdict: next.value, state, failed, warnings };
    }
    state = reduceSmoke(state, next.value);
  }
}

/** A libpq URI of a test cluster's database. */
export function urlOf(settings: ConnectionSettings): string {
  const [host] = settings.hosts;
  return `postgres://${settings.user}@/${settings.database}?host=${encodeURIComponent(host?.host ?? "")}&port=${host?.port}`;
}
