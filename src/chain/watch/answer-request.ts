import { createHash, timingSafeEqual } from "node:crypto";
import { exposeStatus } from "./expose-status.ts";
import { judgeHealth } from "./judge-health.ts";
import type { WatchStatus } from "./status.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
}

export interface Answering {
  readonly status: WatchStatus;
  readonly nowMs: number;
  readonly prefix: string;
  /** Null asks nobody. */
  readonly token: string | null;
}

/** What `/metrics`, `/healthz` and `/readyz` say. With a token nothing is said before it is shown. */
export function answerRequest(
  { method, path, authorization }: Asked,
  { status, nowMs, prefix, token }: Answering,
): Answer {
  if (token !== null && !isBearer(authorization, token)) {
    return { ...plain(401, "a token is asked for"), headers: { ...text, "www-authenticate": "Bearer" } };
  }
  if (method !== "GET" && method !== "HEAD") {
    return { ...plain(405, "only GET"), headers: { ...text, allow: "GET, HEAD" } };
  }
  switch (path) {
    case "/metrics":
      return {
        status: 200,
        headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
        body: exposeStatus(status, nowMs, prefix),
      };
    case "/healthz": {
      const { isGood, reasons } = judgeHealth(status, nowMs);
      return isGood ? plain(200, "ok") : plain(503, reasons.join("\n"));
    }
    case "/readyz":
      return status.checkedAt === null
        ? plain(503, "nothing has been verified since the start")
        : plain(200, "ok");
    default:
      return plain(404, "there are /metrics, /healthz and /readyz");
  }
}

const text = { "content-type": "text/plain; charset=utf-8" };

function plain(status: number, body: string): Answer {
  return { status, headers: text, body: `${body}\n` };
}

/** Digests are compared: they are of one length, and take one time. */
function isBearer(authorization: string | undefined, token: string): boolean {
  const given = /^Bearer +(\S+) *$/i.exec(authorization ?? "")?.[1] ?? "";
  const digest = (each: string): Buffer => createHash("sha256").update(each).digest();
  return timingSafeEqual(digest(given), digest(token));
}
