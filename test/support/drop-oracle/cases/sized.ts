import { adminDrops, adminHidden, doubtful, drops, harmless, hidden } from "../drop-case.ts";
import type { DropCase } from "../drop-case.ts";

/** More than the grammar is asked about. */
const filler = "x".repeat(70_000);
/** To psql a body begins here, and the semicolons in it end nothing; to the server `begin` is a column, and `atomic` what it is called. */
const view = "create view seen as select begin atomic from (select 1 as begin) as t";
const made = "create function made() returns int return (select begin atomic from (select 1 as begin) as t)";

/** A statement that is too long for the grammar, and what stands behind it. */
export const sized: readonly DropCase[] = [
  drops("DROP TABLE behind what looks like a long body", `${view}; drop table orders; select '${filler}'`),
  adminDrops("DROP ROLE behind what looks like a long body", `${view}; drop role tenant; select '${filler}'`),
  drops("DROP TABLE behind what looks like a body", `${view}; drop table orders`),
  hidden(
    "DROP TABLE behind a function that looks like a long body",
    `${made}; drop table orders; select '${filler}'`,
  ),
  hidden("DROP TABLE behind a function that looks like a body", `${made}; drop table orders`),
  adminHidden("a table made from a long query", `create table made as select '${filler}' as a from tidy()`),
  // The catalog does not tell of files.
  doubtful("a long COPY to a file", `copy log to '/dev/null' with null '${filler}'`),
  harmless("a long view", `create view seen as select '${filler}' as a`),
  harmless("a long list", `delete from orders where id in (${"7, ".repeat(30_000)}7)`),
];
