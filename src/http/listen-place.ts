import { parsePlace } from "../config/listen-place.ts";
import type { ListenPlace } from "../config/listen-place.ts";

export type { ListenPlace } from "../config/listen-place.ts";

const usual = "127.0.0.1:7440";

/** Reads `http.listen`, which the configuration's schema has judged; left out, it is 127.0.0.1:7440. */
export function parseListen(given = usual): ListenPlace {
  return parsePlace(given);
}

/** Whether only this machine can reach it. */
export function isLocal(place: ListenPlace): boolean {
  return place.kind === "unix" || isLoopbackName(place.host);
}

export function isLoopbackName(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

/** What `custody drop --api` takes; `port` is the one that was taken, where 0 was asked for. */
export function showAddress(place: ListenPlace, port: number, isTls: boolean): string {
  if (place.kind === "unix") return `unix:${place.path}`;
  const host = place.host.includes(":") ? `[${place.host}]` : place.host;
  return `${isTls ? "https" : "http"}://${host}:${port}`;
}
