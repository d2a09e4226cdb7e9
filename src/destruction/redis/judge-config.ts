import type { Found } from "../found.ts";

const units: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 1e3,
  kb: 1024,
  m: 1e6,
  mb: 1 << 20,
  g: 1e9,
  gb: 1 << 30,
};

/** Below this no server holds anything: whoever sets it wants the keys evicted. An empty Redis takes about as much. */
const leastMemory = 1 << 20;

/** Settings that guard data, or whoever comes at it: any change, or the change to the value named. */
const guards: ReadonlyMap<string, RegExp> = new Map([
  ["protected-mode", /^no$/i],
  ["requirepass", /^/],
  ["aclfile", /^/],
  ["dir", /^/],
  ["dbfilename", /^/],
  ["bind", /^/],
  ["port", /^/],
  ["tls-port", /^/],
  ["tls-auth-clients", /^(?:no|optional)$/i],
  ["shutdown-on-sigint", /nosave/i],
  ["shutdown-on-sigterm", /nosave/i],
  ["appendonly", /^no$/i],
  ["save", /^$/],
]);

/** What a CONFIG SET destroys, or disarms, of its parameters and values in turn; what evicts comes first. */
export function judgeConfig(pairs: readonly string[]): Found | null {
  let disarmed: Found | null = null;
  for (let at = 0; at + 1 < pairs.length; at += 2) {
    const name = pairs[at]?.toLowerCase() ?? "";
    const value = pairs[at + 1] ?? "";
    if (name === "maxmemory" && isLessThanEmpty(value))
      return { kind: "flush", what: `CONFIG SET maxmemory ${value}`, names: [] };
    // The value may be a secret.
    if (guards.get(name)?.test(value) === true)
      disarmed ??= { kind: "disarming", what: `CONFIG SET ${name}`, names: [] };
  }
  return disarmed;
}

function isLessThanEmpty(value: string): boolean {
  const [, digits, unit = ""] = /^(\d+)([a-z]*)$/i.exec(value) ?? [];
  const bytes = Number(digits) * (units[unit.toLowerCase()] ?? NaN);
  return bytes > 0 && bytes < leastMemory;
}
