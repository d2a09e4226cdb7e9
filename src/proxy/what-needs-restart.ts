import { isDeepStrictEqual } from "node:util";
import type { ListenerSection } from "../config/listener-schema.ts";
import type { ConfigFile } from "../config/schema.ts";

/** What of a listener is taken up while it runs: all but these. */
const fixed = ["protocol", "target", "listen", "socket_mode"] as const;

/** Whether the listener is the same one by all that only a restart changes. */
export function isSameListener(running: ListenerSection, now: ListenerSection): boolean {
  return fixed.every((each) => running[each] === now[each]);
}

/** Whether the API is the same by all that only a restart changes: who may ask, and its certificates, are taken up while it runs. */
export function isSameApi(running: ConfigFile["http"], now: ConfigFile["http"]): boolean {
  return isDeepStrictEqual(fixedOf(running), fixedOf(now));
}

function fixedOf(http: ConfigFile["http"]): object {
  const tls = http?.tls === undefined ? "none" : http.tls.client_ca === undefined ? "server" : "both";
  return { ...http, tokens: [], clients: [], tls };
}

/** What differs from what runs and is not taken up without a restart, by its place in the configuration. Pure. */
export function* whatNeedsRestart(running: ConfigFile, now: ConfigFile): Generator<string> {
  for (const section of ["ledger", "state_dir"] as const)
    if (!isDeepStrictEqual(running[section], now[section])) yield section;
  if (!isSameApi(running.http, now.http)) yield "http";
  for (const section of ["metrics", "reconcile"] as const)
    if (!isDeepStrictEqual(running[section], now[section])) yield section;
  if (!isDeepStrictEqual(running.targets, now.targets)) yield "targets";
  const before = byName(running.listeners);
  const after = byName(now.listeners);
  for (const [name, section] of after) {
    const old = before.get(name);
    if (old === undefined) yield `listener ${name}, which is new`;
    else for (const each of fixed) if (old[each] !== section[each]) yield `listener ${name}: ${each}`;
  }
  for (const name of before.keys()) if (!after.has(name)) yield `listener ${name}, which is gone`;
}

function byName(sections: readonly ListenerSection[] = []): ReadonlyMap<string, ListenerSection> {
  return new Map(sections.map((each) => [each.name, each]));
}
