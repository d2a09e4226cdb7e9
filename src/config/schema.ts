import { z } from "zod";
import { duration, listenAddress, text, tls } from "./fields.ts";
import { listenerSchema } from "./listener-schema.ts";
import { scanSchema } from "./scan-schema.ts";
import { targetSchema } from "./target-schema.ts";

const caller = {
  name: text,
  /** Who is behind it: nobody approves their own, whatever the token. Left out: a machine. */
  person: text.optional(),
  scopes: z.array(z.enum(["request", "read", "approve"])).min(1),
  /** The only targets that it may speak of; left out: all. */
  targets: z.array(text).optional(),
};

const tokenSchema = z.strictObject({
  ...caller,
  sha256: z.string().regex(/^[0-9a-f]{64}$/i, { error: "is no SHA-256: 64 hexadecimal digits" }),
});

/** A client certificate, by the common name of its subject. */
const clientSchema = z.strictObject({ ...caller, common_name: text });

const httpSchema = z.strictObject({
  listen: listenAddress.optional(),
  tls: tls.optional(),
  tokens: z.array(tokenSchema).optional(),
  clients: z.array(clientSchema).optional(),
});

const ledgerSchema = z.strictObject({
  url: text.optional(),
  schema: text.optional(),
  checkpoint: z
    .strictObject({
      /** The path of a signing key, as `custody chain keygen` writes it; left out: one of custody's own in the state folder. */
      key: text.optional(),
      every: duration.optional(),
      /** Or after so many events. */
      events: z.int().positive().optional(),
      witnesses: z.array(text).optional(),
      /** Of the witnesses, and of those who signed before the key: vkeys, or files of them. */
      public_keys: z.array(text).optional(),
    })
    .optional(),
});

/** The whole of `custody.yaml`. Unknown keys are errors, at every depth. */
export const configSchema = z.strictObject({
  ledger: ledgerSchema.optional(),
  state_dir: text.optional(),
  http: httpSchema.optional(),
  reconcile: z.strictObject({ every: duration.optional(), canary: duration.optional() }).optional(),
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
});

export type ConfigFile = z.output<typeof configSchema>;
