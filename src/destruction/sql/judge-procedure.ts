import { showName } from "../found.ts";
import type { Found } from "../found.ts";
import type { DestructionKind } from "../kinds.ts";
import { readName } from "./read-name.ts";
import type { Token } from "./token.ts";

/** SQL Server's procedures that destroy, or make useless, what they are given. */
const procedures: Readonly<Record<string, DestructionKind>> = {
  sp_dropuser: "role",
  sp_droplogin: "role",
  sp_droprole: "role",
  sp_dropapprole: "role",
  sp_revokelogin: "role",
  sp_revokedbaccess: "role",
  sp_dbremove: "database",
  sp_detach_db: "functional",
  sp_renamedb: "functional",
  xp_cmdshell: "opaque",
};

/** `EXEC sp_droplogin 'shop'`: what a procedure of SQL Server's destroys; null when nothing. */
export function judgeProcedure(tokens: readonly Token[]): Found | null {
  const at = tokens.slice(0, 8).findIndex(({ text }) => Object.hasOwn(procedures, text.toLowerCase()));
  const called = tokens[at]?.text.toLowerCase();
  const kind = called === undefined ? undefined : procedures[called];
  if (called === undefined || kind === undefined) return null;
  // `@loginame = N'shop'`
  const isAssigned = tokens[at + 1]?.text === "@" && tokens[at + 3]?.text === "=";
  const name = kind === "opaque" ? null : readName(tokens, isAssigned ? at + 4 : at + 1);
  return { kind, what: called, names: name === null ? [] : [showName(name.text)] };
}
