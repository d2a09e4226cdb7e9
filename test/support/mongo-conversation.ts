import { judgeCommand } from "../../src/destruction/mongo/wire/judge-command.ts";
import { MalformedBson } from "../../src/wire/mongo/bson.ts";
import type { Message } from "../../src/wire/mongo/read-message.ts";
import { legacy, message, query } from "./mongo-message.ts";

/** Name, database and what is destroyed. */
export function showMessage({ command, isWhole, opcode, wantsAnswer }: Message): string {
  const flags = `${isWhole ? "whole" : "cut"}${wantsAnswer ? "" : ", no answer"}`;
  if (command === null) return `${opcode} ${flags}`;
  let found: string;
  try {
    found = judgeCommand(command, isWhole)
      .map(({ kind }) => kind)
      .join(",");
  } catch (error) {
    if (!(error instanceof MalformedBson)) throw error;
    found = "malformed";
  }
  return `${command.name} ${command.database} ${flags}: ${found}`;
}

/** What a client says: all sections in any order, legacy messages, and what is longer than 400 bytes. */
export const mongoConversation = Buffer.concat([
  query("admin.$cmd", { isMaster: 1, helloOk: true }),
  message({ hello: 1, compression: ["zlib"], $db: "admin" }),
  message({ ping: 1, $db: "admin" }),
  message({ insert: "a", $db: "shop" }, { sequences: { documents: [{ a: "x".repeat(1000) }] } }),
  message(
    { insert: "a", $db: "shop" },
    { sequences: { documents: [{ a: "x".repeat(100) }] }, isBodyLast: true },
  ),
  message({ delete: "a", $db: "shop" }, { sequences: { deletes: [{ q: {}, limit: 0 }] }, flags: 2 }),
  message({ delete: "a", deletes: [{ q: { x: "y".repeat(500) }, limit: 0 }], $db: "shop" }),
  message({ find: "a", filter: {}, $db: "shop" }),
  message({ find: "system.users", filter: {}, $db: "admin" }),
  message({ dropDatabase: 1, $db: "shop" }, { flags: 1 }),
  legacy(2006, Buffer.from("0000shop.a\0")),
  message({ getMore: 1n, collection: "a", $db: "shop" }),
]);
