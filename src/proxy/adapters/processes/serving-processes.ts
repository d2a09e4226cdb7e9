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
import type { ToServing } from "./messages.ts";
import { startProcess } from "./start-process.ts";

interface Options extends Omit<AttendOptions, "cancel"> {
  readonly targets: readonly TargetPolicy[];
  readonly cancelHere: CancelKeys["cancelHere"];
  readonly program: ProcessEdge["program"];
  readonly env: Environment;
}

/** The processes that serve beside the first, which is number 0. */
export interface ServingProcesses {
  /**
   * Resolves when so many listen to what the first process listens to, with the listeners of all together. Rejects with `OpsError` where
   * one cannot: then none is left.
   */
  start(count: number, listeners: RunningListeners): Promise<RunningListeners>;
  /** Asks all but the one that asks. Never rejects. */
  cancel(key: string, asking: number): Promise<CancelAnswer | null>;
  /** What one process changed to all others. */
  tellSessions(process: number, listener: string, host: string): void;
}

/** For the last words of processes whose sessions have ended. */
const farewellMs = 5000;

/** None is started yet. */
export function createServingProcesses(options: Options): ServingProcesses {
  const { targets, book, cancelHere, program, env, tell } = options;
  const kept = new Map<number, KeptProcess>();
  const senders = new Map<number, (message: ToServing) => void>();

  async function cancel(key: string, asking: number): Promise<CancelAnswer | null> {
    const here = asking === 0 ? null : cancelHere(key);
    if (here !== null) return here;
    const others = [...kept].filter(([number]) => number !== asking);
    const answers = await Promise.all(others.map(async ([, process]) => await process.cancel(key)));
    return answers.find((answer) => answer !== null) ?? null;
  }

  async function keep(number: number, listeners: RunningListeners): Promise<KeptProcess> {
    const line = (text: string): void => tell({ type: "noted", message: `process ${number}: ${text}` });
    return await keepProcess({
      start: () => startProcess(program, { env, line }),
      serve: () => ({ type: "serve", listeners: sharedOf(listeners.inForce(), listeners), targets }),
      attend(send) {
        senders.set(number, send);
        return attendProcess(number, send, { ...options, cancel });
      },
      onDeath: (message) =>
        tell({ type: "alarm", what: "a process ended", message: `process ${number} ${message}` }),
    });
  }

  return {
    cancel,
    tellSessions(process, listener, host) {
      for (const [number, send] of senders) {
        if (number === process) continue;
        const elsewhere = book.elsewhere(number, listener);
        const count = { listener, host, all: elsewhere.all(), ofHost: elsewhere.of(host) };
        send({ type: "elsewhere", count });
      }
    },
    async start(many, listeners) {
      await using stack = new AsyncDisposableStack();
      const numbers = Array.from({ length: many }, (_, at) => at + 1);
      const started = await Promise.allSettled(
        numbers.map(async (number) => {
          kept.set(number, stack.use(await keep(number, listeners)));
        }),
      );
      const failed = started.find((each) => each.status === "rejected");
      if (failed !== undefined) throw failed.reason;
      const owned = stack.move();
      return together(listeners, [...kept.values()], owned);
    },
  };
}

function together(
  first: RunningListeners,
  others: readonly KeptProcess[],
  owned: AsyncDisposable,
): RunningListeners {
  return {
    places: first.places,
    inForce: () => first.inForce(),
    async drain() {
      const deadlineMs = longestDrainMs(first.inForce()) + farewellMs;
      await Promise.all([first.drain(), ...others.map((each) => each.drain(deadlineMs))]);
    },
    async prepare(sections) {
      const shared = sharedOf(sections, first);
      const [take, ...takes] = await Promise.all([
        first.prepare(sections),
        ...others.map((each) => each.prepare(shared)),
      ]);
      return async () => {
        const names = await take();
        await Promise.all(takes.map((each) => each()));
        return names;
      };
    },
    [Symbol.asyncDispose]: async () => await owned[Symbol.asyncDispose](),
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
