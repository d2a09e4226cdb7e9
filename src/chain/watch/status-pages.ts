import { exposition, plain } from "../answer-request.ts";
import type { Pages } from "../answer-request.ts";
import { exposeStatus } from "./expose-status.ts";
import { judgeHealth } from "./judge-health.ts";
import type { WatchStatus } from "./status.ts";

/** What `/metrics`, `/healthz` and `/readyz` say of a status. */
export function statusPages(status: WatchStatus, nowMs: number, prefix: string): Pages {
  return {
    "/metrics": () => exposition(exposeStatus(status, nowMs, prefix)),
    "/healthz": () => {
      const { isGood, reasons } = judgeHealth(status, nowMs);
      return isGood ? plain(200, "ok") : plain(503, reasons.join("\n"));
    },
    "/readyz": () =>
      status.checkedAt === null ? plain(503, "nothing has been verified since the start") : plain(200, "ok"),
  };
}
