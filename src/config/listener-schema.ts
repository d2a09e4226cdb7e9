import { z } from "zod";
import { destructionKinds } from "../destruction/kinds.ts";
import { isAddressBlock } from "./address-block.ts";
import { duration, listenAddress, text } from "./fields.ts";
import { isLoopback, parsePlace } from "./listen-place.ts";
import { problemOfPattern } from "./pattern/compile-pattern.ts";

/** Final names, as the server keeps them: no patterns. */
const names = z.array(text);
const fewNames = names.min(1, { error: "is empty: nobody could come in" });

const address = text.refine(isAddressBlock, {
  error: "is no address: write 10.1.2.3, 10.0.0.0/8, 2001:db8::/32, or unix",
});

/** Names that others choose are held against it, so it must not take for ever on any. */
const pattern = text.superRefine((given, context) => {
  const message = problemOfPattern(given);
  if (message !== null) context.addIssue({ code: "custom", message });
});

/** PEM texts: `file:PATH` gives them. */
const tls = z.strictObject({
  cert: text,
  key: text,
  client_ca: text.optional(),
  /** Whether a client must show a certificate of `client_ca`'s; default: required. */
  client_cert: z.enum(["required", "optional"]).optional(),
  min_version: z.enum(["TLSv1.2", "TLSv1.3"]).optional(),
  /** Whether clients without TLS are refused; default: they are not. */
  required: z.boolean().optional(),
});

const gate = z.strictObject({
  denied_roles: names.optional(),
  allowed_roles: fewNames.optional(),
  denied_addresses: z.array(address).optional(),
  allowed_addresses: z.array(address).min(1, { error: "is empty: nobody could come in" }).optional(),
  denied_databases: names.optional(),
  allowed_databases: fewNames.optional(),
  /** By the common name of the subject. */
  allowed_certificates: fewNames.optional(),
  require_certificate: z.boolean().optional(),
  /** Of postgres and redis: replication connections; default: deny. */
  replication: z.enum(["allow", "deny"]).optional(),
  /** Of postgres; default: allow, those of `denied_roles` apart. */
  superusers: z.enum(["allow", "deny"]).optional(),
});

const hold = z.strictObject({
  /** How long a statement waits for people at most. */
  expires: duration.optional(),
  /** The same within a transaction, whose locks wait with it. */
  in_transaction: duration.optional(),
});

/** The first that matches a destruction decides; what is not given matches all. */
const rule = z
  .strictObject({
    kinds: z.array(z.enum(destructionKinds)).min(1).optional(),
    databases: z.array(pattern).min(1).optional(),
    roles: z.array(pattern).min(1).optional(),
    /** What is destroyed, by its final name. */
    names: z.array(pattern).min(1).optional(),
    /** Of the statement's comment in sqlcommenter's form: name → pattern. */
    tags: z.record(text, pattern).optional(),
    action: z.enum(["pass", "audit", "hold", "deny", "soft"]),
    hold: hold.optional(),
    /** For whom it meets: why, and whom to ask. */
    reason: text.max(500).optional(),
  })
  .superRefine((given, context) => {
    if (given.hold !== undefined && given.action !== "hold" && given.action !== "soft")
      context.addIssue({ code: "custom", path: ["hold"], message: `is not for the action ${given.action}` });
  });

const positive = z.int().positive();

const limits = z.strictObject({
  /** Until a client that connected has said who it is. */
  startup: duration.optional(),
  /** The longest message that a client may send. */
  message_bytes: positive.optional(),
  /** What is longer is judged as it streams. */
  whole_bytes: positive.optional(),
  /** Sessions at a time, of all and of one address. */
  connections: positive.optional(),
  per_address: positive.optional(),
});

/** One entry of `listeners`. */
export const listenerSchema = z
  .strictObject({
    name: text,
    target: text,
    protocol: z.enum(["postgres", "redis", "mongo", "nats"]),
    listen: listenAddress,
    /** Of a Unix socket's file. In quotes: YAML 1.2 reads 0660 as a decimal number. */
    socket_mode: z
      .string({ error: "is no file mode: write '0660', in quotes" })
      .regex(/^0?[0-7]{3}$/, { error: "is no file mode: write '0660', in quotes" })
      .optional(),
    /**
     * Who makes sure who comes from other machines. `server`: the server itself asks everybody who connects from custody's address.
     * `certificate`: custody, by `tls.client_ca`. Without it a listener is for this machine alone.
     */
    authentication: z.enum(["server", "certificate"]).optional(),
    tls: tls.optional(),
    gate: gate.optional(),
    policy: z.array(rule).optional(),
    limits: limits.optional(),
    /** How long sessions may go on when custody is told to stop. */
    drain: duration.optional(),
  })
  .superRefine(
    (listener, context) => {
      const wrong = new Set(context.issues.map(({ path }) => path?.[0]));
      const areRight = (...parts: readonly Part[]): boolean => parts.every((part) => !wrong.has(part));
      for (const { path, message } of problemsOf(listener, areRight))
        context.addIssue({ code: "custom", path: [...path], message });
    },
    // Also where a part is wrong by itself: all is told at once.
    { when: ({ value }) => typeof value === "object" && value !== null },
  );

interface Parts {
  readonly protocol: string;
  readonly listen: string;
  readonly socket_mode?: string | undefined;
  readonly authentication?: "server" | "certificate" | undefined;
  readonly tls?: z.output<typeof tls> | undefined;
  readonly gate?: z.output<typeof gate> | undefined;
  readonly limits?: z.output<typeof limits> | undefined;
}
type Part = keyof Parts;
type AreRight = (...parts: readonly Part[]) => boolean;
type Problems = Generator<{ readonly path: readonly string[]; readonly message: string }>;

/** What each part has right, and the whole wrong. Of parts that are wrong by themselves nothing is said. */
function* problemsOf(listener: Parts, areRight: AreRight): Problems {
  yield* problemsOfPlace(listener, areRight);
  if (areRight("gate")) yield* problemsOfGate(listener, areRight);
  if (!areRight("limits")) return;
  const { whole_bytes: whole, message_bytes: longest } = listener.limits ?? {};
  if (whole !== undefined && longest !== undefined && whole > longest)
    yield { path: ["limits", "whole_bytes"], message: "is more than message_bytes" };
}

function* problemsOfPlace(
  { listen, authentication, tls: given, ...more }: Parts,
  areRight: AreRight,
): Problems {
  const isSure =
    given?.client_ca !== undefined && given.client_cert !== "optional" && given.required === true;
  if (areRight("authentication", "tls") && authentication === "certificate" && !isSure)
    yield {
      path: ["authentication"],
      message: "certificate needs tls.client_ca, tls.required: true, and no client_cert: optional",
    };
  if (areRight("tls") && given?.client_cert !== undefined && given.client_ca === undefined)
    yield { path: ["tls", "client_cert"], message: "needs client_ca" };
  if (!areRight("listen")) return;
  const place = parsePlace(listen);
  if (areRight("authentication") && authentication === undefined && !isLoopback(place))
    yield {
      path: ["listen"],
      message:
        "others than this machine could connect: say who makes sure who they are (authentication: server, or certificate)",
    };
  if (areRight("socket_mode") && more.socket_mode !== undefined && place.kind !== "unix")
    yield { path: ["socket_mode"], message: "is for a Unix socket alone" };
}

function* problemsOfGate({ protocol, gate: given, tls: offered }: Parts, areRight: AreRight): Problems {
  for (const key of ["allowed_certificates", "require_certificate"] as const) {
    const isAsked = given?.[key] !== undefined && given[key] !== false;
    if (areRight("tls") && isAsked && offered?.client_ca === undefined)
      yield { path: ["gate", key], message: "needs tls.client_ca: no certificate is asked for without it" };
  }
  if (!areRight("protocol") || protocol === "postgres") return;
  if (given?.superusers !== undefined)
    yield { path: ["gate", "superusers"], message: "is for postgres alone" };
  if (given?.replication !== undefined && protocol !== "redis")
    yield { path: ["gate", "replication"], message: "is for postgres and redis alone" };
  for (const key of ["denied_databases", "allowed_databases"] as const)
    if (given?.[key] !== undefined)
      yield { path: ["gate", key], message: "is for postgres alone: others name no database when they come" };
}

export type ListenerSection = z.output<typeof listenerSchema>;
