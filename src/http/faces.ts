import type { Faces } from "../chokepoint/faces.ts";

/** Each is loaded when it is wanted: `proxy --check` and `--help` pay for none. */
export const faces: Faces = {
  async checkApi(http, targets) {
    return (await import("./check-api.ts")).checkApi(http, targets);
  },
  async openMetrics(options) {
    return (await import("./drop-metrics.ts")).createDropMetrics(options);
  },
  async openDropLog(options) {
    return (await import("./drop-log.ts")).createDropLog(options);
  },
  async serveApi(options) {
    return (await import("./start-api.ts")).startApi(options);
  },
};
