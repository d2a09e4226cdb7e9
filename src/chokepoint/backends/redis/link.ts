import { isIP } from "node:net";
import { createClient, ErrorReply, RESP_TYPES } from "@redis/client";
import { OpsError } from "../../../errors.ts";
import type { Address } from "../../addresses/redis.ts";
import { explainRedisError } from "./explain-error.ts";

/** What a server answers in RESP2: bulk strings as they are, errors as values where they were asked for. */
export type Reply = string | number | Buffer | null | ErrorReply | readonly Reply[];

export type Command = readonly (string | Buffer)[];

/**
 * One connection to a server, never opened anew: who is cut off stays cut off, which is what makes the end of a rival's connection
 * the end of all that it would do. Every method throws `OpsError`.
 */
export interface Link extends AsyncDisposable {
  readonly id: number;
  /** Fires when the connection is gone, however that came. */
  readonly closed: AbortSignal;
  /** One command; an error of the server is thrown. */
  ask(command: Command, options?: { readonly deadlineMs?: number }): Promise<Reply>;
  /** All at once, answers in order; errors of the server stand in their place. */
  askAll(commands: readonly Command[]): Promise<readonly Reply[]>;
  /** In one transaction; null when what is watched has changed. An error within is thrown. */
  transact(commands: readonly Command[]): Promise<readonly Reply[] | null>;
  /** Later commands are for this database. */
  select(database: number): Promise<void>;
}

/** A server that answers nothing for so long is hung. */
const usualDeadlineMs = 60_000;
/** Of many commands, whose values may be large and the network slow. */
const pipelineDeadlineMs = 600_000;
const connectTimeoutMs = 10_000;
/** The other end of a connection that is silent for hours may be gone without a word. */
const pingIntervalMs = 20_000;

/** `name` is what CLIENT LIST shows: printable, without blanks (CLIENT SETNAME). */
export async function openLink(address: Address, name: string): Promise<Link> {
  const client = makeClient(address, name);
  const closed = new AbortController();
  // What became of a command tells itself; without a listener the event would end the process.
  client.on("error", () => closed.abort());
  client.on("end", () => closed.abort());
  const drop = (): void => {
    closed.abort();
    if (client.isOpen) client.destroy();
  };
  const explained = (error: unknown): OpsError => explainRedisError(error, address.display);

  const within = async <T>(work: Promise<T>, deadlineMs: number): Promise<T> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(
          new OpsError(
            "timeout",
            `${address.display} has not answered for ${deadlineMs / 1000} s`,
            "see whether the server hangs, and whether something slow runs on it (SLOWLOG GET)",
          ),
        );
        drop();
      }, deadlineMs);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  };
  const send = async (command: Command): Promise<Reply> =>
    await client.sendCommand<Reply>([...command]).catch((error: unknown) => {
      if (error instanceof ErrorReply) return error;
      throw explained(error);
    });
  const orThrow = (reply: Reply): Reply => {
    if (reply instanceof ErrorReply) throw explained(reply);
    return reply;
  };
  const askAll = async (commands: readonly Command[]): Promise<readonly Reply[]> =>
    await within(Promise.all(commands.map(send)), pipelineDeadlineMs);

  try {
    await client.connect();
  } catch (error) {
    drop();
    throw explained(error);
  }
  const [id = null] = await askAll([["CLIENT", "ID"]]);
  if (typeof id !== "number") {
    drop();
    throw explained(id);
  }
  return {
    id,
    closed: closed.signal,
    ask: async (command, options = {}) =>
      orThrow(await within(send(command), options.deadlineMs ?? usualDeadlineMs)),
    askAll,
    async transact(commands) {
      const replies = await askAll([["MULTI"], ...commands, ["EXEC"]]);
      const refused = replies.slice(0, -1).find((reply) => reply instanceof ErrorReply);
      if (refused !== undefined) throw explained(refused);
      const results = orThrow(replies.at(-1) ?? null);
      if (!Array.isArray(results)) return null;
      return results.map((each: Reply) => orThrow(each));
    },
    async select(database) {
      await within(
        client.select(database).catch((error: unknown) => {
          throw explained(error);
        }),
        usualDeadlineMs,
      );
    },
    async [Symbol.asyncDispose]() {
      drop();
    },
  };
}

function makeClient(address: Address, name: string) {
  const { place, tls } = address;
  // A connection that opens itself again would act on after another instance has ended it.
  const common = { reconnectStrategy: false as const, connectTimeout: connectTimeoutMs };
  return createClient({
    RESP: 2,
    name,
    ...(address.user === null ? {} : { username: address.user }),
    ...(address.password === null ? {} : { password: address.password }),
    database: address.database,
    socket:
      place.kind === "socket"
        ? { ...common, path: place.path, tls: false as const }
        : tls === null
          ? { ...common, host: place.host, port: place.port }
          : {
              ...common,
              host: place.host,
              port: place.port,
              tls: true as const,
              // An address is compared with the certificate, but not named in the handshake (RFC 6066 section 3).
              ...(isIP(place.host) === 0 ? { servername: place.host } : {}),
              ...(tls.ca === null ? {} : { ca: tls.ca }),
              ...(tls.cert === null ? {} : { cert: tls.cert }),
              ...(tls.key === null ? {} : { key: tls.key }),
            },
    pingInterval: pingIntervalMs,
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: "disabled",
    // Without an end of its own for each command, which it has from the client otherwise: what is large may wait long to be written.
    commandOptions: { timeout: 0, typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
  });
}
