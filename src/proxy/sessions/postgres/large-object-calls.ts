/**
 * Functions that libpq calls by the fast path (FunctionCall), by their oid in pg_proc.dat: those of large objects, all that it uses it for. Of
 * any other nothing is known, least of all what its arguments make it run. `lo_unlink` and the truncations are what a client may do to its
 * own large objects, as a DELETE to its rows.
 */
export const largeObjectCalls: ReadonlySet<number> = new Set([
  715, 952, 953, 954, 955, 956, 957, 958, 964, 1004, 3170, 3171, 3172,
]);
