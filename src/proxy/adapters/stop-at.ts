import { writeSync } from "node:fs";
import type { Failpoint } from "../../chokepoint/failpoints.ts";

/**
 * For the crash matrix: stops the whole process at the given place, counted from 1 over everything that drops await, and says where.
 * It can only stop: whoever sets `CUSTODY_FAILPOINT` in production gets a proxy that stands still, and drops that wait.
 */
export function stopAt(place: number): Failpoint {
  let count = 0;
  return (name, when) => {
    count += 1;
    if (count === place) {
      writeSync(2, `failpoint ${count}: ${when} ${name}\n`);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    }
    return Promise.resolve();
  };
}
