import { z } from "zod";
import { destructionKinds } from "../destruction/kinds.ts";
import { parseDuration } from "./duration.ts";
import { scanSchema } from "./scan-schema.ts";

const text = z.string().min(1);

/** Milliseconds. */
const duration = text.transform((given, context) => {
  const ms = parseDuration(given);
  if (ms !== null) return ms;
  context.addIssue({ code: "custom", message: "is no duration: write 30s, 10m, 6h or 30d" });
  return z.NEVER;
});

const pattern = text.refine(isPattern, { error: "is no regular expression" });

/** `host:port`, `[address]:port`, or the absolute path of a Unix socket. */
const listenAddress = text.refine((given) => given.startsWith("/") || isHostAndPort(given), {
  error: "is no address: write 127.0.0.1:7440, [::1]:7440, or the path of a socket",
});

const kinds = z.array(z.enum(destructionKinds));

const tokenSchema = z.strictObject({
  name: text,
  sha256: z.string().regex(/^[0-9a-f]{64}$/i, { error: "is no SHA-256: 64 hexadecimal digits" }),
  scopes: z.array(z.enum(["request", "read", "approve"])).min(1),
});

const namesSchema = z.strictObject({
  database: pattern.optional(),
  role: pattern.optional(),
  schema: pattern.optional(),
  user: pattern.optional(),
  keys: pattern.optional(),
  collection: pattern.optional(),
  stream: pattern.optional(),
  account: pattern.optional(),
  reserved: z.array(text).optional(),
  from_token: z.record(text, text).optional(),
});

const targetSchema = z.strictObject({
  name: text,
  kind: z.enum(["postgres", "redis", "mongo", "nats", "command"]),
  placement: z.enum(["shared", "dedicated"]).default("shared"),
  url: text,
  names: namesSchema.optional(),
  terminality: z.strictObject({ url: text, query: text, terminal: z.array(text).min(1) }).optional(),
  tombstone: z
    .strictObject({
      mode: z.enum(["required", "soft", "off"]).optional(),
      retention: duration.optional(),
      dir: text.optional(),
      recipients: z.array(text).optional(),
    })
    .optional(),
  approval: z
    .strictObject({
      default: z.enum(["allow", "hold", "deny"]).optional(),
      hold: kinds.optional(),
      deny: kinds.optional(),
      approvers: z.int().min(1).optional(),
      expires: duration.optional(),
    })
    .optional(),
  breaker: z
    .strictObject({
      failures: z.int().min(1).optional(),
      cooldown: duration.optional(),
      volume: z.strictObject({ drops: z.int().min(1), per: duration }).optional(),
    })
    .optional(),
});

const listenerSchema = z.strictObject({
  name: text,
  target: text,
  protocol: z.enum(["postgres", "redis", "mongo", "nats"]),
  listen: listenAddress,
  tls: z.strictObject({ cert: text, key: text, client_ca: text.optional() }).optional(),
  gate: z.strictObject({ denied_roles: z.array(text).optional() }).optional(),
  policy: z
    .array(
      z.strictObject({
        kinds,
        databases: z.array(pattern).optional(),
        roles: z.array(pattern).optional(),
        action: z.enum(["pass", "audit", "hold", "deny", "soft"]),
      }),
    )
    .optional(),
});

/** The whole of `custody.yaml`. Unknown keys are errors, at every depth. */
export const configSchema = z
  .strictObject({
    ledger: z.strictObject({ url: text }).optional(),
    state_dir: text.optional(),
    http: z
      .strictObject({ listen: listenAddress.optional(), tokens: z.array(tokenSchema).optional() })
      .optional(),
    metrics: z
      .strictObject({
        prefix: z
          .string()
          .regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, { error: "cannot start a metric's name" })
          .optional(),
      })
      .optional(),
    targets: z.array(targetSchema).optional(),
    listeners: z.array(listenerSchema).optional(),
    scan: scanSchema.optional(),
  })
  .superRefine((config, context) => {
    const refuse = (path: readonly (string | number)[], message: string): void =>
      context.addIssue({ code: "custom", path: [...path], message });
    const targets = config.targets?.map((each) => each.name) ?? [];
    const listeners = config.listeners ?? [];
    for (const [section, names] of Object.entries({
      targets,
      listeners: listeners.map((each) => each.name),
    })) {
      for (const [index, name] of names.entries()) {
        if (names.indexOf(name) < index) refuse([section, index, "name"], `${name} is taken already`);
      }
    }
    for (const [index, { target }] of listeners.entries()) {
      if (!targets.includes(target)) refuse(["listeners", index, "target"], `no target is named ${target}`);
    }
  });

export type ConfigFile = z.output<typeof configSchema>;

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
