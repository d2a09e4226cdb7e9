import type { TargetPolicy } from "../../../chokepoint/target-policy.ts";
import { parsePlace } from "../../../config/listen-place.ts";
import type { ListenerSection } from "../../../config/listener-schema.ts";
import type { Environment } from "../../../postgres/settings.ts";
import type { ProcessEdge } from "../../../run/shell.ts";
import type { CancelAnswer, CancelKeys } from "../../sessions/postgres/cancel-keys.ts";
import { longestDrainMs } from "../listener-terms.ts";
import type { RunningListeners } from "../start-listeners.ts";
import { attendProcess } from "./attend-process.ts";
import type { AttendOptions } from "./attend-process.ts";
import { keepProcess } from "./keep-process.ts";
import type { KeptProcess } from "./keep-process.ts";
import { startProcess } from "./start-process.ts";

interface Options extends Omit<AttendOptions, "cancel"> {
  /** Those of the first process, which run. */
  readonly listeners: RunningListeners;
  readonly targets: readonly TargetPolicy[];
  readonly cancelKeys: Pick<CancelKeys, "cancelHere">;
  readonly program: ProcessEdge["program"];
  readonly env: Environment;
}

/** The processes that serve beside the first, which is number 0. */
export interface ServingProcesses {
  /** Of all processes together. */
  readonly listeners: RunningListeners;
  /** Asks all but the one that asks. Never rejects. */
  cancel(key: string, asking: number): Promise<CancelAnswer | null>;
  /** What one process changed to all others. */
  tellSessions(process: number, listener: string, host: string): void;
}

/** For the last words of processes whose sessions have ended. */
const farewellMs = 5000;

/** Resolves when all of them listen. Rejects with `OpsError` where one cannot: then none is left. */
export async function startServingProcesses(count: number, options: Options): Promise<ServingProcesses> {
  const { listeners, targets, book, cancelKeys, program, env, tell } = options;
  await using stack = new AsyncDisposableStack();
  const kept = new Map<number, KeptProcess>();

  async function cancel(key: string, asking: number): Promise<CancelAnswer | null> {
    const here = asking === 0 ? null : cancelKeys.cancelHere(key);
    if (here !== null) return here;
    const others = [...kept].filter(([number]) => number !== asking);
    const answers = await Promise.all(others.map(async ([, process]) => await process.cancel(key)));
    return answers.find((answer) => answer !== null) ?? null;
  }

  async function keep(number: number): Promise<void> {
    const line = (text: string): void => tell({ type: "noted", message: `process ${number}: ${text}` });
    const process = await keepProcess({
      start: () => startProcess(program, { env, line }),
      serve: () => ({ type: "serve", listeners: sharedOf(listeners.inForce(), listeners), targets }),
      attend: (send) => attendProcess(number, send, { ...options, cancel }),
      onDeath: (message) =>
        tell({ type: "alarm", what: "a process ended", message: `process ${number} ${message}` }),
    });
    kept.set(number, stack.use(process));
  }

  const started = await Promise.allSettled(
    Array.from({ length: count }, async (_, at) => await keep(at + 1)),
  );
  const failed = started.find((each) => each.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  const owned = stack.move();
  const all = (): readonly KeptProcess[] => [...kept.values()];
  return {
    cancel,
    tellSessions(process, listener, host) {
      for (const [number, each] of kept) {
        if (number === process) continue;
        const elsewhere = book.elsewhere(number, listener);
        const counted = { listener, host, all: elsewhere.all(), ofHost: elsewhere.of(host) };
        each.send({ type: "elsewhere", count: counted });
      }
    },
    listeners: {
      places: listeners.places,
      inForce: () => listeners.inForce(),
      async drain() {
        const deadlineMs = longestDrainMs(listeners.inForce()) + farewellMs;
        await Promise.all([listeners.drain(), ...all().map((each) => each.drain(deadlineMs))]);
      },
      async prepare(sections) {
        const shared = sharedOf(sections, listeners);
        const [take, ...others] = await Promise.all([
          listeners.prepare(sections),
          ...all().map((each) => each.prepare(shared)),
        ]);
        return async () => {
          const names = await take();
          await Promise.all(others.map((each) => each()));
          return names;
        };
      },
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    },
  };
}

/** What several processes can listen to, by the ports that were taken; a Unix socket is the first process' alone. */
function sharedOf(
  sections: readonly ListenerSection[],
  { inForce, places }: Pick<RunningListeners, "inForce" | "places">,
): readonly ListenerSection[] {
  const running = new Map(inForce().map((each) => [each.name, each.listen]));
  return sections.flatMap((section) => {
    if (parsePlace(section.listen).kind === "unix") return [];
    const place = places.find(({ name }) => name === section.name);
    const isSame = running.get(section.name) === section.listen;
    return [isSame && place !== undefined ? { ...section, listen: place.address } : section];
  });
}
