import { connect } from "node:net";

/** Says what it is given and gives back what the server says to that: until an answer, an error or the end of the connection. */
export async function sayRaw(
  port: number,
  options: { readonly user: string; readonly pass: string },
  words: string,
): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let heard = "";
  let hasGreeted = false;
  const done = Promise.withResolvers<string>();
  socket.on("data", (bytes) => {
    heard += bytes.toString("latin1");
    if (!hasGreeted && heard.startsWith("INFO") && heard.includes("\r\n")) {
      hasGreeted = true;
      heard = "";
      const login = {
        ...options,
        headers: true,
        no_responders: true,
        verbose: false,
        lang: "raw",
        version: "1",
      };
      socket.write(`CONNECT ${JSON.stringify(login)}\r\nSUB _INBOX.raw 77\r\n`);
      socket.write(Buffer.from(words, "latin1"));
      return;
    }
    if (/(?:^|\n)(?:H?MSG _INBOX\.raw 77|-ERR)[^]*\r\n[^]*\r\n$|-ERR/.test(heard)) done.resolve(heard);
  });
  socket.on("close", () => done.resolve(heard));
  socket.on("error", () => done.resolve(heard));
  try {
    return await done.promise;
  } finally {
    socket.destroy();
  }
}

/** `PUB` with an answer's subject. */
export function pub(subject: string, payload = ""): string {
  return `PUB ${subject} _INBOX.raw ${payload.length}\r\n${payload}\r\n`;
}

/** `HPUB` with these header lines. */
export function hpub(subject: string, lines: readonly string[], payload = ""): string {
  const head = `NATS/1.0\r\n${lines.map((each) => `${each}\r\n`).join("")}\r\n`;
  return `HPUB ${subject} _INBOX.raw ${head.length} ${head.length + payload.length}\r\n${head}${payload}\r\n`;
}
