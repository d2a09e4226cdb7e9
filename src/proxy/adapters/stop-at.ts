import { existsSync, writeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { Failpoint } from "../../chokepoint/failpoints.ts";

const lookMs = 10;

/**
 * For the crash matrix: stops the whole process at the given place, counted from 1 over everything that drops await, and says where.
 * With `until` the drop alone stops there, the proxy lives on, and the drop goes on once that file is there: what fails meanwhile fails
 * between two awaits. It can only stop: whoever sets `CUSTODY_FAILPOINT` in production gets a proxy that stands still, and drops that wait.
 */
export function stopAt(place: number, until: string | null): Failpoint {
  let count = 0;
  return async (name, when) => {
    count += 1;
    if (count !== place) return;
    writeSync(2, `failpoint ${count}: ${when} ${name}\n`);
    if (until === null) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    else while (!existsSync(until)) await delay(lookMs);
  };
}
