import { z } from "zod";

/** One thing that the parts of a configuration have right, each for itself, and together wrong. */
export interface ProblemBetween {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

const word = z.string().optional().catch(undefined);
const entry = z.object({ name: word, kind: word, target: word, protocol: word, listen: word });
const entries = z.array(entry.catch({})).catch([]);

/** What of it can be read, whatever else is wrong: that is told elsewhere. */
const outline = z.object({ targets: entries, listeners: entries }).catch({ targets: [], listeners: [] });

/** Names that are taken, targets that are not there or of another kind, listeners on one address: also where other parts are wrong. Pure. */
export function* problemsBetween(config: unknown): Generator<ProblemBetween> {
  const { targets, listeners } = outline.parse(config);
  yield* twice("targets", targets);
  yield* twice("listeners", listeners);
  const kinds = new Map(targets.map(({ name, kind }) => [name, kind]));
  for (const [index, { target, protocol, listen }] of listeners.entries()) {
    const at = (key: string): readonly (string | number)[] => ["listeners", index, key];
    const kind = kinds.get(target);
    if (target !== undefined && !kinds.has(target))
      yield { path: at("target"), message: `no target is named ${target}` };
    else if (kind !== undefined && protocol !== undefined && kind !== protocol)
      yield { path: at("protocol"), message: `${target} is of kind ${kind}` };
    // Port 0 is any that is free, and another one each time.
    const isFixed = listen !== undefined && !listen.endsWith(":0");
    if (isFixed && listeners.findIndex((each) => each.listen === listen) < index)
      yield { path: at("listen"), message: `${listen} is taken by another listener` };
  }
}

function* twice(
  section: string,
  all: readonly { readonly name?: string | undefined }[],
): Generator<ProblemBetween> {
  for (const [index, { name }] of all.entries())
    if (name !== undefined && all.findIndex((each) => each.name === name) < index)
      yield { path: [section, index, "name"], message: `${name} is taken already` };
}
