import { expect, test } from "bun:test";
import { createToolErrors } from "../../../src/backup/restore/tool-errors.ts";

test("of jobs that write at once, every entry that failed is known", () => {
  const errors = createToolErrors();
  const lines = [
    "pg_restore: from TOC entry 11; 0 5 TABLE DATA seen app",
    "pg_restore:pg_restore: from TOC entry 12; 0 6 TABLE DATA rows app",
    " from TOC entry 13; 0 7 INDEX by_id app",
    "pg_restore: error: from TOC entry 14; 0 8 INDEX by_name app",
    'pg_restore: error: COPY failed for table "seen": ERROR:  first',
    'pg_restore: error: COPY failed for table "rows": ERROR:  second',
  ];
  for (const line of lines) errors.line(line);
  expect([...errors.finish().dumpIds]).toEqual([11, 12, 13, 14]);
  expect(errors.finish().errors.map(({ dumpId }) => dumpId)).toEqual([14, 14]);
});

test("a statement is kept whole, with its indented lines", () => {
  const errors = createToolErrors();
  const lines = [
    "pg_restore: from TOC entry 11; 0 5 VIEW v app",
    "pg_restore: error: could not execute query: ERROR:  no",
    "Command was: CREATE VIEW app.v AS",
    " SELECT 1, 'from TOC entry 12; 0 6 INDEX by_id app'",
    "   FROM app.t;",
  ];
  for (const line of lines) errors.line(line);
  const [error] = errors.finish().errors;
  expect(error?.statement).toBe(
    "CREATE VIEW app.v AS\n SELECT 1, 'from TOC entry 12; 0 6 INDEX by_id app'\n   FROM app.t;",
  );
  expect([...errors.finish().dumpIds]).toEqual([11]);
});
