import type { Destruction } from "../../../destruction/destruction.ts";
import { commandComplete, noticeResponse } from "../../../wire/postgres/write-server.ts";
import type { WireRefusal } from "../ports.ts";

interface Kind {
  readonly tag: string;
  readonly noun: string;
  /** SQLSTATE where it is not there. */
  readonly missing: string;
}

/** How the server speaks of what custody does in a session's place (dbcommands.c, user.c, dropcmds.c). */
const kinds: Readonly<Partial<Record<Destruction["kind"], Kind>>> = {
  database: { tag: "DROP DATABASE", noun: "database", missing: "3D000" },
  schema: { tag: "DROP SCHEMA", noun: "schema", missing: "3F000" },
};
const role: Kind = { tag: "DROP ROLE", noun: "role", missing: "42704" };

/**
 * What a client is answered once custody has done what it asked for, as the server would have answered: bytes in place of the server's answer,
 * or its error where there was nothing of that name and the statement did not say IF EXISTS.
 */
export function answerDone(
  { kind, names }: Pick<Destruction, "kind" | "names">,
  { isNoop, isIfExists }: { readonly isNoop: boolean; readonly isIfExists: boolean },
): Uint8Array | WireRefusal {
  const { tag, noun, missing } = kinds[kind] ?? role;
  const done = commandComplete(tag);
  if (!isNoop) return done;
  const message = `${noun} "${names[0] ?? ""}" does not exist`;
  if (!isIfExists) return { code: missing, message, detail: "", hint: "" };
  const skipped = noticeResponse({ severity: "NOTICE", code: "00000", message: `${message}, skipping` });
  return Buffer.concat([skipped, done]);
}
