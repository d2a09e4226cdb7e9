import { PermissionViolationError, RequestError, TimeoutError } from "@nats-io/transport-node";
import type { NatsConnection } from "@nats-io/transport-node";
import { z } from "zod";
import { OpsError } from "../../../errors.ts";
import { TargetRefused } from "../../target-refusal.ts";

/** JetStream's own no: an HTTP-like code, and the number that says which. */
export interface ApiError {
  readonly code: number;
  readonly err_code: number;
  readonly description: string;
}

export type Reply<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: ApiError };

/** JetStream's management API over one connection (ADR-1: JSON requests on `$JS.API.>`, an `error` in the answer). */
export interface JetStream {
  readonly connection: NatsConnection;
  readonly domain: string | null;
  /** Asks; the server's own no is an answer. Throws `unreachable`, `timeout`, `connection-lost`. */
  ask<T>(subject: string, payload: unknown, schema: z.ZodType<T>): Promise<Reply<T>>;
  /** Asks for what must be done; the server's own no is thrown as `TargetRefused`. */
  tell<T>(subject: string, payload: unknown, schema: z.ZodType<T>): Promise<T>;
}

const timeoutMs = 20_000;

const errorSchema = z.object({
  error: z.object({
    code: z.number(),
    err_code: z.number().default(0),
    description: z.string().default(""),
  }),
});

export const done = z.looseObject({});

/** The numbers of server/errors.json that are told apart here. */
export const errCodes = {
  consumerNotFound: 10014,
  messageNotFound: 10037,
  streamNotFound: 10059,
  nameInUse: [10058, 10065, 10130],
} as const;

export function openJetStream(
  connection: NatsConnection,
  place: { readonly apiPrefix: string; readonly domain: string | null },
): JetStream {
  const ask: JetStream["ask"] = async (subject, payload, schema) => {
    const answer = await request(connection, `${place.apiPrefix}.${subject}`, JSON.stringify(payload));
    return readReply(answer, subject, schema);
  };
  return {
    connection,
    domain: place.domain,
    ask,
    async tell(subject, payload, schema) {
      const reply = await ask(subject, payload, schema);
      if (!reply.ok) throw refused(reply.error);
      return reply.value;
    },
  };
}

/** One answer of the API, parsed. Throws `server-error` where it is none. */
export function readReply<T>(answer: Uint8Array, subject: string, schema: z.ZodType<T>): Reply<T> {
  const json: unknown = JSON.parse(new TextDecoder().decode(answer));
  const failed = errorSchema.safeParse(json);
  if (failed.success) return { ok: false, error: failed.data.error };
  const parsed = schema.safeParse(json);
  if (parsed.success) return { ok: true, value: parsed.data };
  throw new OpsError(
    "server-error",
    `JetStream's answer to ${subject} is not understood: ${parsed.error.issues[0]?.message ?? ""}`,
    "this custody may not know the server's version",
    { cause: parsed.error },
  );
}

export function refused(error: ApiError): TargetRefused {
  return new TargetRefused({
    code: String(error.err_code),
    message: error.description,
    hint: null,
    isPassing: error.code === 503,
  });
}

/** A request with an answer. Throws as `JetStream.ask` does. */
export async function request(
  connection: NatsConnection,
  subject: string,
  payload: string | Uint8Array,
): Promise<Uint8Array> {
  try {
    return (await connection.request(subject, payload, { timeout: timeoutMs })).data;
  } catch (cause) {
    throw explain(subject, cause);
  }
}

function explain(subject: string, cause: unknown): OpsError {
  if (cause instanceof RequestError && cause.isNoResponders())
    return new OpsError(
      "unreachable",
      `nobody answers on ${subject}`,
      "is JetStream on in this account, and the domain of the URL the right one?",
      { cause },
    );
  if (cause instanceof TimeoutError)
    return new OpsError(
      "timeout",
      `no answer on ${subject} within ${timeoutMs / 1000} s`,
      "the user may lack the right to ask it (docs/drop-nats.md lists the subjects), or the server is busy",
      { cause, isOutcomeUnknown: true },
    );
  if (isForbidden(cause))
    return new OpsError(
      "permission-denied",
      `the user may not ask ${subject}`,
      "docs/drop-nats.md lists what custody's user needs",
      { cause },
    );
  return new OpsError(
    "connection-lost",
    `the connection broke while ${subject} was asked: ${cause instanceof Error ? cause.message : String(cause)}`,
    "see whether the NATS server runs",
    { cause, isOutcomeUnknown: true },
  );
}

function isForbidden(cause: unknown): boolean {
  if (cause instanceof PermissionViolationError) return true;
  return cause instanceof RequestError && cause.cause instanceof PermissionViolationError;
}
