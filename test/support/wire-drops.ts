import { setTimeout as delay } from "node:timers/promises";
import type { WireScene } from "./wire-scene.ts";

type WireDrop = Readonly<Record<string, unknown>> & {
  readonly drop_id: string;
  readonly state: string;
  readonly outcome: string | null;
};

const longestMs = 30_000;

/** A drop as `custody drop show` has it. */
export async function wireDrop(scene: WireScene, id: string): Promise<WireDrop> {
  const { stdout } = await scene.run(["drop", "show", id, "--output", "json"]);
  return (JSON.parse(stdout) as { drop: WireDrop }).drop;
}

/** The newest drop of a name, once `custody drop list` has it in one of the states. */
export async function untilListed(
  scene: WireScene,
  name: string,
  states: readonly string[],
): Promise<WireDrop> {
  const deadline = performance.now() + longestMs;
  for (;;) {
    const { stdout } = await scene.run(["drop", "list", "--name", name, "--output", "json"]);
    const [newest] = (JSON.parse(stdout) as { drops: readonly WireDrop[] }).drops;
    if (newest !== undefined && states.includes(newest.state)) return newest;
    if (performance.now() > deadline)
      throw new Error(`the drop of ${name} is ${newest?.state}, not ${states.join(" or ")}`);
    await delay(50);
  }
}
