import { certctlChain } from "../support/certctl-schema.ts";
import { eventColumns } from "../support/chain-server.ts";
import type { ChainDatabase } from "../support/chain-server.ts";

/** An equal chain of certctl's profile, filled by a loop: its own trigger is quadratic in the rows of a transaction. */
export async function fillCertctlChain({ session }: ChainDatabase, rows: number): Promise<void> {
  const { sql } = session;
  await sql.unsafe(certctlChain).simple();
  await sql
    .unsafe(
      `create index on audit_events (timestamp, id);
       alter table audit_events disable trigger certctl_link;
       do $$
         declare e record; previous text; hashed text; began timestamptz := clock_timestamp() - interval '30 days';
         begin
           for n in 1..${rows} loop
             select gen_random_uuid()::text as id, given.*, began + n * interval '1 millisecond' as happened
               into e from (select ${eventColumns}) as given (a, b, c, d, f, g);
             hashed := encode(digest(
               certctl_payload(previous, e.id, e.a, e.b, e.c, e.d, e.f, e.g, e.happened, 'general'), 'sha256'), 'hex');
             insert into audit_events values (e.id, e.a, e.b, e.c, e.d, e.f, e.g, e.happened, 'general', previous, hashed);
             previous := hashed;
           end loop;
           update audit_chain_head set row_hash = previous;
         end $$;
       alter table audit_events enable trigger certctl_link`,
    )
    .simple();
  await sql.unsafe("vacuum analyze audit_events");
  const [clean] = await sql<{ place: number; rows: number }[]>`
    select first_break_pos as place, row_count as rows from certctl_verify()`;
  if (clean?.place !== -1 || clean.rows !== rows) throw new Error("the chain to compare with is broken");
}
