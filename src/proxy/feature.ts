import { InterruptedError } from "../errors.ts";
import type { Feature } from "../run/contract.ts";
import { step } from "../run/step.ts";
import { describeProxy, severityOf } from "./describe.ts";
import type { ProxyEvent, ProxyVerdict } from "./events.ts";
import type { ProxyInput } from "./input.ts";
import type { ProxyPorts } from "./ports.ts";
import { reportProxy } from "./report.ts";
import { initialProxyState, reduceProxy } from "./state.ts";
import type { ProxyState } from "./state.ts";

/** Only whether the configuration is valid, and what it leaves open: told once, to whoever asked, and no matter for a log. */
export const checkFeature: Feature<
  ProxyInput,
  Pick<ProxyPorts, "warnings">,
  ProxyEvent,
  ProxyVerdict,
  ProxyState
> = {
  command: "proxy",
  async *run(_input, { warnings }) {
    for (const message of warnings) yield { type: "noted", message };
    return "checked";
  },
  initial: initialProxyState,
  reduce: reduceProxy,
  report: reportProxy,
};

/** Decides over drops until it is told to stop; that ends it like any interruption, with what it was doing left to be gone on with. */
export const proxyFeature: Feature<ProxyInput, ProxyPorts, ProxyEvent, ProxyVerdict, ProxyState> = {
  command: "proxy",
  isLasting: true,
  async *run(_input, ports, signal) {
    for (const message of ports.warnings) yield { type: "noted", message };
    await using ledger = yield* step("ledger", "Open the ledger", () => ports.openLedger(), {
      describe: ({ address }) => address,
    });
    const { rows } = yield* step("verify", "Verify the ledger's chain", () => ledger.verify(), {
      describe: (verified) => `${verified.rows} rows`,
    });
    yield { type: "ledger-verified", rows };
    await using proxy = yield* step("start", "Reach the targets and listen", () => ports.start(ledger), {
      describe: ({ started }) => started.api ?? "no API",
    });
    yield proxy.started;
    yield* proxy.facts(signal);
    // What happens until the last has gone is told, too.
    const drained = new AbortController();
    const draining = proxy.drain().finally(() => drained.abort());
    yield* proxy.facts(drained.signal);
    await draining;
    throw new InterruptedError();
  },
  initial: initialProxyState,
  reduce: reduceProxy,
  report: reportProxy,
  describe: describeProxy,
  severity: severityOf,
};
