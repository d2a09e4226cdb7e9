/** What is seen, its bytes as text. */
export function showSeen(seen: unknown): unknown {
  const entries = Object.entries(seen as object);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, Buffer.isBuffer(value) ? value.toString() : value]),
  );
}

/** What a client says, with `wholeBytes` of 64: a bit of everything. */
export const natsConversation = Buffer.from(
  [
    'CONNECT {"user":"app"}',
    "PING",
    "sub orders.* workers 1",
    "SUB _INBOX.a.* 2\nPUB a 3\r\nabc",
    "PUB  a\treply 0\r\n",
    "PUB a 12\r\nPUB b 1\r\nx\r\n",
    "PUB $JS.API.STREAM.DELETE.orders _INBOX.a.1 0\r\n",
    'pub $JS.API.STREAM.PURGE.orders _INBOX.a.2 14\r\n{"filter":"a"}',
    `HPUB orders.1 21 23\r\nNATS/1.0\r\nKind: x\r\n\r\nhi`,
    `HPUB orders.1 r 30 130\r\nNATS/1.0\r\nNats-Rollup: all\r\n\r\n${"x".repeat(100)}`,
    `PUB $JS.API.STREAM.UPDATE.long 100\r\n${"y".repeat(100)}`,
    "UNSUB 2 1",
    "UNSUB 1",
    "PONG",
    "",
  ].join("\r\n"),
);

/** What a server says; `_INBOX.a.1` is awaited, the subscription 9 counted. */
export const natsAnswers = Buffer.from(
  [
    'INFO {"server_id":"x","connect_urls":["a:1"]}',
    "+OK",
    "MSG a 1 3\r\nMSG",
    'MSG _INBOX.a.1 2 16\r\n{"success":true}',
    "HMSG _INBOX.a.1 2 16 16\r\nNATS/1.0 503\r\n\r\n",
    "MSG b 9 reply 0\r\n",
    "-ERR 'x'",
    "PING",
    "",
  ].join("\r\n"),
);
