import type { Backend, HeldTarget } from "./backend.ts";
import type { ChokepointPorts, Ledger, Target } from "./ports.ts";
import type { StatementEyes } from "./statements/statement-eyes.ts";

/** Called before and after every await of a drop; whoever does not resolve it has stopped the drop there. */
export type Failpoint = (name: string, when: "before" | "after") => Promise<void>;

type Ports = Omit<ChokepointPorts, "tell">;

/**
 * The ports with a failpoint before and after everything that a drop awaits, for the crash matrix: `ledger.step`, `target.hold`,
 * `held.fence` … The names are those of the ports.
 */
export function withFailpoints(ports: Ports, at: Failpoint): Ports {
  return {
    ...ports,
    ledger: wrap<Ledger>(
      "ledger",
      ports.ledger,
      ["record", "step", "find", "findSecret", "timeline", "clock", "claim"],
      at,
    ),
    tombstones: wrap(
      "tombstones",
      ports.tombstones,
      ["requireSpace", "prepare", "encrypt", "digest", "check", "openPlain", "remove"],
      at,
    ),
    terminality: wrap("terminality", ports.terminality, ["ask"], at),
    targets: new Map(Array.from(ports.targets, ([name, target]) => [name, wrapTarget(target, at)])),
  };
}

function wrapTarget({ policy, backend }: Target, at: Failpoint): Target {
  const wrapped = wrap<Backend>("target", backend, ["inspect", "hold"], at);
  return {
    policy,
    backend: {
      ...wrapped,
      ...(wrapped.statements === undefined
        ? {}
        : {
            statements: wrap<StatementEyes>("statements", wrapped.statements, ["identify", "standing"], at),
          }),
      hold: async (dropId, resource, signal) =>
        wrap<HeldTarget>(
          "held",
          await wrapped.hold(dropId, resource, signal),
          ["planFence", "fence", "standing", "makeTombstone", "proveTombstone", "undo", "destroyResource"],
          at,
        ),
    },
  };
}

/** The object with the methods named there stopped at; everything else is the object's own. */
function wrap<T extends object>(
  prefix: string,
  object: T,
  names: readonly (keyof T & string)[],
  at: Failpoint,
): T {
  const wrapped = new Map<PropertyKey, unknown>(
    names.map((name) => [
      name,
      async (...args: readonly unknown[]): Promise<unknown> => {
        await at(`${prefix}.${name}`, "before");
        const method = object[name];
        const result: unknown = typeof method === "function" ? await method.apply(object, args) : undefined;
        await at(`${prefix}.${name}`, "after");
        return result;
      },
    ]),
  );
  return new Proxy(object, {
    get: (target, name): unknown => {
      if (wrapped.has(name)) return wrapped.get(name);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
