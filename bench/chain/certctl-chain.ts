import { certctlSchema } from "../../test/support/certctl-chain.ts";
import { eventColumns } from "../support/chain-server.ts";
import type { ChainDatabase } from "../support/chain-server.ts";

/**
 * An equal chain of certctl's profile, and a verifier inside the database after its published design: plpgsql, row by row in
 * the order of (timestamp, id). Filled by a loop: certctl's own trigger is quadratic in the rows of a transaction.
 */
export async function fillCertctlChain({ session }: ChainDatabase, rows: number): Promise<void> {
  const { sql } = session;
  await sql.unsafe(certctlSchema).simple();
  await sql
    .unsafe(
      `create index on audit_events (timestamp, id);
       alter table audit_events disable trigger certctl_link;
       do $$
         declare e audit_events; previous text; began timestamptz := clock_timestamp() - interval '30 days';
         begin
           for n in 1..${rows} loop
             select gen_random_uuid()::text, a, b, c, d, f, g, began + n * interval '1 millisecond', 'general', previous, null
               into e from (select ${eventColumns}) as given (a, b, c, d, f, g);
             e.row_hash := certctl_hash(e);
             previous := e.row_hash;
             insert into audit_events select (e).*;
           end loop;
           update audit_chain_head set row_hash = previous;
         end $$;
       alter table audit_events enable trigger certctl_link;
       create function certctl_verify() returns table (first_break_id text, first_break_pos int, row_count int)
       language plpgsql stable as $$
         declare e audit_events; previous text := ''; place int := 0;
         begin
           first_break_pos := -1;
           for e in select * from audit_events order by timestamp, id loop
             if first_break_pos < 0 and (coalesce(e.prev_hash, '') <> previous or e.row_hash <> certctl_hash(e)) then
               first_break_id := e.id;
               first_break_pos := place;
             end if;
             previous := e.row_hash;
             place := place + 1;
           end loop;
           row_count := place;
           return next;
         end $$`,
    )
    .simple();
  await sql.unsafe("vacuum analyze audit_events");
}
