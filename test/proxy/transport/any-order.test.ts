import { expect, test } from "bun:test";
import fc from "fast-check";
import { createHash } from "node:crypto";
import { createSecureContext } from "node:tls";
import { makeServerTls } from "../../../src/proxy/adapters/transport/server-tls.ts";
import type { Connection } from "../../../src/proxy/sessions/connection.ts";
import { makeWireCertificates } from "../../support/wire-certificates.ts";
import { listenFor, record, transports } from "../../support/wire-ends.ts";

const never = new AbortController().signal;
const pem = makeWireCertificates();
const tls = makeServerTls({ ...pem.server, clientCa: null, isClientCertificateRequired: false, alpn: null });
const clientTls = {
  context: createSecureContext({ ca: pem.ca }),
  serverName: "localhost",
  alpn: null,
  checksChain: true,
  checksName: "localhost",
};

type Step =
  | { readonly side: 0 | 1; readonly does: "write" | "answer"; readonly sizes: readonly number[] }
  | { readonly side: 0 | 1; readonly does: "pause" | "resume" | "wait" };

// The largest are more than the kernel takes at a time.
const size = fc.oneof(fc.nat(100), fc.nat(5000), fc.nat(300_000), fc.nat(4_000_000));
const side = fc.constantFrom(0 as const, 1 as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    side,
    does: fc.constantFrom("write" as const, "answer" as const),
    sizes: fc.array(size, { maxLength: 8 }),
  }),
  fc.record({ side, does: fc.constantFrom("pause" as const, "resume" as const, "wait" as const) }),
);

/** One end: what it has written and heard, and what it writes from within the next event. */
function end(connection: Connection) {
  const sent = createHash("sha256");
  const heard = createHash("sha256");
  let written = 0;
  const answers: (readonly number[])[] = [];
  const write = (sizes: readonly number[]): void => {
    for (const each of sizes) {
      const bytes = Buffer.alloc(each, written % 251);
      sent.update(bytes);
      written += each;
      connection.write(bytes);
    }
  };
  const told = record(connection, (bytes) => {
    heard.update(bytes);
    write(answers.shift() ?? []);
  });
  return { connection, told, sent, heard, answers, write, written: () => written };
}

for (const [name, transport] of transports) {
  for (const isSecured of [false, true]) {
    test(`${name}, ${isSecured ? "TLS" : "in clear"}: every byte arrives once and in its order, whatever is done when`, async () => {
      await using listener = await listenFor(transport, { tls });
      const place = { kind: "tcp", host: "127.0.0.1", port: listener.port } as const;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
          const dialled = await transport.connect(place, never);
          const came = await listener.next();
          const [left, right] = isSecured
            ? await Promise.all([dialled.startTls(clientTls), came.acceptTls(null)])
            : [dialled, came];
          const ends = [end(left), end(right)] as const;
          for (const each of steps) {
            const one = ends[each.side];
            if (each.does === "write") one.write(each.sizes);
            else if (each.does === "answer") one.answers.push(each.sizes);
            else if (each.does === "pause") one.connection.pause();
            else if (each.does === "resume") one.connection.resume();
            else await new Promise((resolve) => setImmediate(resolve));
          }
          for (const each of ends) each.connection.resume();
          const [a, b] = ends;
          const isThrough = (): boolean => a.told.bytes() === b.written() && b.told.bytes() === a.written();
          while (!isThrough()) await Promise.race([a.told.until(isThrough), b.told.until(isThrough)]);
          expect(a.heard.digest("hex")).toBe(b.sent.digest("hex"));
          expect(b.heard.digest("hex")).toBe(a.sent.digest("hex"));
          a.connection.end();
          await b.told.ended();
          b.connection.end();
          await Promise.all([a.told.closed(), b.told.closed()]);
          expect([a.told.error(), b.told.error()]).toEqual([null, null]);
          expect([a.told.events.at(-1), b.told.events.at(-1)]).toEqual(["closed", "closed"]);
        }),
      );
    });
  }
}
