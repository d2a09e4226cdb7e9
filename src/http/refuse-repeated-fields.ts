import { Problem } from "./problem.ts";

/** Fields that have one value, and by which it is known where a request ends, who asks, and for whom. */
const single: ReadonlySet<string> = new Set([
  "authorization",
  "content-length",
  "content-type",
  "host",
  "origin",
  "transfer-encoding",
]);

/**
 * What stands twice is read one way by one program and another way by the next: a proxy in front may have let pass what is not what is
 * done here. RFC 9112 sections 3.2 and 6.3 ask for 400. `rawHeaders` are names and values in turn, as node gives them. Throws `Problem`.
 */
export function refuseRepeatedFields(rawHeaders: readonly string[]): void {
  const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  const repeated = names.find((name, index) => single.has(name) && names.indexOf(name) !== index);
  if (repeated === undefined) return;
  throw new Problem("malformed", `${repeated} stands twice`, { headers: { connection: "close" } });
}
