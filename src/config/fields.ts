import { z } from "zod";
import { parseDuration } from "./duration.ts";

export const text = z.string().min(1);

/** Milliseconds. A plain 0 needs no unit. */
export const duration = z.preprocess(
  (given) => (given === 0 ? "0s" : given),
  text.transform((given, context) => {
    const ms = parseDuration(given);
    if (ms !== null) return ms;
    context.addIssue({ code: "custom", message: "is no duration: write 30s, 10m, 6h or 30d" });
    return z.NEVER;
  }),
);

export const pattern = text.refine(isPattern, { error: "is no regular expression" });

/** `host:port`, `[address]:port`, or the absolute path of a Unix socket. */
export const listenAddress = text.refine((given) => given.startsWith("/") || isHostAndPort(given), {
  error: "is no address: write 127.0.0.1:7440, [::1]:7440, or the path of a socket",
});

/** PEM texts: `file:PATH` gives them. */
export const tls = z.strictObject({ cert: text, key: text, client_ca: text.optional() });

function isPattern(given: string): boolean {
  try {
    return new RegExp(given, "u").source !== "";
  } catch {
    return false;
  }
}

function isHostAndPort(given: string): boolean {
  const match = /^(?:\[[0-9a-f:.]+\]|[^\s:[\]/]+):(\d{1,5})$/i.exec(given);
  return match !== null && Number(match[1]) <= 65_535;
}
