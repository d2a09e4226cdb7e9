import type { Faces } from "../chokepoint/faces.ts";

/** Each is loaded when it is wanted: `proxy --check` and `--help` pay for none. */
export const faces: Pick<Faces, "checkApi" | "serveApi"> = {
  async checkApi(http, targets) {
    return (await import("./read-identities.ts")).checkApi(http, targets);
  },
  async serveApi(options) {
    return (await import("./start-api.ts")).startApi(options);
  },
};
