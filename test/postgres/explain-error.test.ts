import { expect, test } from "bun:test";
import { OpsError } from "../../src/errors.ts";
import { explainServerError, ServerReportedError } from "../../src/postgres/explain-error.ts";

test.each([
  [new ServerReportedError("ERROR", "42501", "permission denied for table t"), "permission-denied"],
  [new ServerReportedError("ERROR", "XX000", "what"), "server-error"],
  [Object.assign(new Error("read"), { code: "ECONNRESET" }), "connection-lost"],
  [Object.assign(new TypeError("a value"), { code: "UNDEFINED_VALUE" }), "connection-lost"],
  [new Error("the stream ended"), "connection-lost"],
  [new OpsError("no-chain", "none", "make one"), "no-chain"],
])("%s is told as an expected failure", (error, code) => {
  expect(explainServerError(error, "reading")).toMatchObject({ code });
});

test.each([new TypeError("x is undefined"), new RangeError("3 hashes are no frontier")])(
  "%s is a bug, and no fault of the network",
  (error) => {
    expect(() => explainServerError(error, "reading")).toThrow(error);
  },
);
