import { expect, test } from "bun:test";
import { csvLog } from "../../../../../src/chokepoint/backends/postgres/log/csv-log.ts";

const row = (message: string, time = "2026-11-22 19:00:00.123 UTC"): string =>
  `${time},"al ""x"", y","db",42,"127.0.0.1:5000",6922.1,3,"idle",${time},3/12,0,LOG,00000,"${message.replaceAll('"', '""')}",,,,,,,,,"app","client backend",,0\n`;

test("quotes, commas and lines' ends inside of fields; what is left over is asked for again", () => {
  const message = 'statement: drop database "a""b,\n2026-11-22 19:00:00.123 UTC,x"';
  const whole = row(message) + row("second");
  const { records, rest } = csvLog.read(whole, false);
  expect(records).toEqual([
    expect.objectContaining({
      time: "2026-11-22 19:00:00.123",
      user: 'al "x", y',
      database: "db",
      client: "127.0.0.1:5000",
      session: "6922.1",
      transaction: "3/12",
      sqlstate: "00000",
      message,
      detail: "",
      context: "",
      statement: "",
      application: "app",
    }),
    expect.objectContaining({ message: "second" }),
  ]);
  expect(rest).toBe("");
  // Wherever it is cut, the same records come out of it.
  for (let at = 0; at <= whole.length; at += 1) {
    const first = csvLog.read(whole.slice(0, at), false);
    const second = csvLog.read(first.rest + whole.slice(at), false);
    expect([...first.records, ...second.records]).toEqual([...records]);
  }
});

test("a text that begins inside of a record: that one is passed over, and what only looks like one inside of quotes", () => {
  const forged = row("forged").slice(0, -1);
  const whole = row(`statement: select 1 /*\n${forged}\n*/`) + row("true");
  for (let at = 1; at < whole.length - row("true").length; at += 1) {
    const { records } = csvLog.read(whole.slice(at), true);
    expect(records.map(({ message }) => message)).not.toContain("forged");
    expect(records.at(-1)?.message).toBe("true");
  }
});

test("half a record of a server that was killed hides nothing behind it", () => {
  const half = row("statement: drop database x").slice(0, 120);
  const { records } = csvLog.read(`${row("a")}${half}${row("b")}${row("c")}`, false);
  expect(records.map(({ message }) => message)).toEqual(["a", "c"]);
});
