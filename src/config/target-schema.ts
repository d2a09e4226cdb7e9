import { z } from "zod";
import { destructionKinds } from "../destruction/kinds.ts";
import { duration, pattern, text } from "./fields.ts";

const kinds = z.array(z.enum(destructionKinds));
const argv = z.array(text).min(1);

/** Final names by part, as patterns or as templates with `{token}`. */
const partNames = {
  database: text.optional(),
  legacy_database: text.optional(),
  role: text.optional(),
  schema: text.optional(),
  user: text.optional(),
  legacy_user: text.optional(),
  keys: text.optional(),
  stream: text.optional(),
  consumer: text.optional(),
  kv: text.optional(),
  object_store: text.optional(),
  server: text.optional(),
};

const namesSchema = z.strictObject({
  database: pattern.optional(),
  legacy_database: pattern.optional(),
  role: pattern.optional(),
  schema: pattern.optional(),
  user: pattern.optional(),
  legacy_user: pattern.optional(),
  keys: pattern.optional(),
  stream: pattern.optional(),
  consumer: pattern.optional(),
  kv: pattern.optional(),
  object_store: pattern.optional(),
  server: pattern.optional(),
  reserved: z.array(text).optional(),
  from_token: z.strictObject(partNames).optional(),
});

const commandSchema = z.strictObject({
  inspect: argv,
  destroy: argv,
  dump: argv.optional(),
  prove: argv.optional(),
  restore: argv.optional(),
  deadline: duration.optional(),
});

/** One entry of `targets`. */
export const targetSchema = z
  .strictObject({
    name: text,
    kind: z.enum(["postgres", "redis", "mongo", "nats", "command"]),
    placement: z.enum(["shared", "dedicated"]).default("shared"),
    /** A target of kind `command` has none. */
    url: text.optional(),
    names: namesSchema.optional(),
    intent: z.strictObject({ required: z.boolean().optional(), longest: duration.optional() }).optional(),
    terminality: z
      .strictObject({
        url: text,
        query: text,
        terminal: z.array(text).min(1),
        timeout: duration.optional(),
      })
      .optional(),
    tombstone: z
      .strictObject({
        mode: z.enum(["required", "soft", "off"]).optional(),
        retention: duration.optional(),
        keep: duration.optional(),
        dir: text.optional(),
        recipients: z.array(text).optional(),
        identities: z.array(text).optional(),
        /** Of postgres: what only a superuser can restore is proved, too; whoever wrote the dump's code runs it as one, there. */
        as_superuser: z.boolean().optional(),
      })
      .optional(),
    approval: z
      .strictObject({
        default: z.enum(["allow", "hold", "deny"]).optional(),
        hold: kinds.optional(),
        deny: kinds.optional(),
        approvers: z.int().min(1).max(2).optional(),
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
    command: commandSchema.optional(),
  })
  .superRefine((target, context) => {
    const refuse = (path: string, message: string): void =>
      context.addIssue({ code: "custom", path: [path], message });
    const isCommand = target.kind === "command";
    if (isCommand && target.command === undefined)
      refuse("kind", "a target of kind command needs the section command");
    if (!isCommand && target.command !== undefined) refuse("command", "is only for targets of kind command");
    if (!isCommand && target.url === undefined) refuse("url", `a target of kind ${target.kind} needs one`);
    const mode = target.tombstone?.mode ?? "required";
    if (isCommand && mode === "soft")
      refuse("tombstone", "a target of kind command cannot be fenced: mode is required or off");
    if (isCommand && mode === "required" && target.command?.dump === undefined)
      refuse("tombstone", "without command.dump there is no tombstone: say mode: off, if that is meant");
    const { retention, keep } = target.tombstone ?? {};
    if (retention !== undefined && keep !== undefined && keep < retention)
      refuse("tombstone", "keep is shorter than retention: the tombstone would go before the fence");
  });

export type TargetSection = z.output<typeof targetSchema>;
