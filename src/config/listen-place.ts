/** Where a server listens. */
export type ListenPlace =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

/** Reads what the schema has judged: `host:port`, `[address]:port`, or the absolute path of a Unix socket. */
export function parsePlace(given: string): ListenPlace {
  if (given.startsWith("/")) return { kind: "unix", path: given };
  const colon = given.lastIndexOf(":");
  const host = given.slice(0, colon).replace(/^\[(.*)\]$/, "$1");
  return { kind: "tcp", host, port: Number(given.slice(colon + 1)) };
}

/** For messages. */
export function showPlace(place: ListenPlace): string {
  if (place.kind === "unix") return place.path;
  return `${place.host.includes(":") ? `[${place.host}]` : place.host}:${place.port}`;
}

/** Whether only this machine can reach it. */
export function isLoopback(place: ListenPlace): boolean {
  if (place.kind === "unix") return true;
  return /^(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|localhost|::1)$/i.test(place.host);
}
