import type { Connection, ConnectionHandlers } from "../../src/proxy/sessions/connection.ts";
import { commandComplete, errorResponse, message } from "../../src/wire/postgres/write-server.ts";

/**
 * What a server makes of messages, without one: prepared statements, portals, and what an error skips, by the protocol's documentation. For
 * fuzzing at volume, where no server can be had for each input; what it leaves out (transactions, COPY) is tested on real servers.
 */
export interface ServerModel {
  readonly connection: Connection;
  /** Texts that were executed, in their order. */
  readonly executed: readonly string[];
}

const [parsed, bound, closed, noData, empty, void_] = ["1", "2", "3", "n", "I", "V"].map((type) =>
  message(type.charCodeAt(0), type === "V" ? Buffer.from([255, 255, 255, 255]) : new Uint8Array(0)),
) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];
const ready = message(0x5a, Buffer.from("I"));
const failed = (code: string, text: string): Uint8Array =>
  errorResponse({ severity: "ERROR", code, message: text });

export function serverModel(): ServerModel {
  const executed: string[] = [];
  const statements = new Map<string, string>();
  const portals = new Map<string, string>();
  let handlers: ConnectionHandlers | null = null;
  let isSkipping = false;
  let isClosed = false;
  let rest = Buffer.alloc(0);

  const say = (...answers: readonly Uint8Array[]): void =>
    queueMicrotask(() => {
      if (!isClosed) handlers?.data(Buffer.concat(answers));
    });
  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    queueMicrotask(() => handlers?.closed(null));
  };
  const fail = (code: string, text: string): void => {
    isSkipping = true;
    say(failed(code, text));
  };
  const run = (text: string): Uint8Array => {
    if (text.startsWith("custody_denied_")) return failed("42601", `syntax error at or near "${text}"`);
    if (text === "") return empty;
    const [, verb, name = ""] = /^(deallocate|execute) (\w+)$/.exec(text) ?? [];
    const prepared = statements.get(name);
    if (verb !== undefined && prepared === undefined) return failed("26000", "no such statement");
    if (verb === "deallocate") statements.delete(name);
    executed.push(verb === "execute" ? (prepared ?? "") : text);
    return commandComplete("DONE");
  };
  const texts = (body: Buffer, count: number): readonly string[] | null => {
    const parts = body.toString("latin1").split("\0");
    return parts.length > count ? parts.slice(0, count) : null;
  };

  function query(body: Buffer): void {
    const isWhole = body.indexOf(0) === body.length - 1;
    say(
      isWhole ? run(body.toString("latin1", 0, body.length - 1)) : failed("08P01", "invalid message"),
      ready,
    );
  }
  function parse(body: Buffer): void {
    const [name, text] = texts(body, 2) ?? [];
    if (name === undefined || text === undefined) return fail("08P01", "invalid message");
    if (name === "") statements.delete("");
    if (text.startsWith("custody_denied_")) return fail("42601", `syntax error at or near "${text}"`);
    if (statements.has(name)) return fail("42P05", "exists");
    statements.set(name, text);
    say(parsed);
  }
  function bind(body: Buffer): void {
    const [portal, name] = texts(body, 2) ?? [];
    const text = name === undefined ? undefined : statements.get(name);
    if (portal === undefined || text === undefined) return fail("26000", "no such statement");
    if (portal !== "" && portals.has(portal)) return fail("42P03", "exists");
    portals.set(portal, text);
    say(bound);
  }
  function execute(body: Buffer): void {
    const [portal] = texts(body, 1) ?? [];
    const text = portal === undefined ? undefined : portals.get(portal);
    if (text === undefined) return fail("34000", "no such portal");
    say(run(text));
  }
  function take(type: string, body: Buffer): void {
    if (isSkipping && type !== "S" && type !== "X") return;
    switch (type) {
      case "Q":
        query(body);
        return;
      case "P":
        parse(body);
        return;
      case "B":
        bind(body);
        return;
      case "D":
        say(noData);
        return;
      case "E":
        execute(body);
        return;
      case "C":
        (body[0] === 0x53 ? statements : portals).delete(body.toString("latin1", 1, body.length - 1));
        say(closed);
        return;
      case "S":
        isSkipping = false;
        portals.clear();
        say(ready);
        return;
      case "F":
        say(void_, ready);
        return;
      case "H":
      case "d":
      case "c":
      case "f":
        return;
      default:
        say(errorResponse({ severity: "FATAL", code: "08P01", message: `invalid message type ${type}` }));
        queueMicrotask(close);
    }
  }

  return {
    executed,
    connection: {
      peer: "unix",
      host: "unix",
      isEncrypted: false,
      offersTls: false,
      certificate: null,
      write(bytes) {
        rest = Buffer.concat([rest, bytes]);
        while (!isClosed && rest.length >= 5 && rest.length >= 1 + rest.readInt32BE(1)) {
          const end = 1 + rest.readInt32BE(1);
          const [type, body] = [String.fromCharCode(rest[0] ?? 0), rest.subarray(5, end)];
          rest = rest.subarray(end);
          take(type, body);
        }
        return true;
      },
      pause: () => undefined,
      resume: () => undefined,
      end: close,
      destroy: close,
      handle(given) {
        handlers = given;
        say(message(0x52, Buffer.alloc(4)), message(0x4b, Buffer.alloc(8)), ready);
      },
      acceptTls: () => Promise.reject(new Error("no TLS here")),
    },
  };
}
