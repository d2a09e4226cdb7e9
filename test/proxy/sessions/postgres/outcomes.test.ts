import { expect, test } from "bun:test";
import { createOutcomes } from "../../../../src/proxy/sessions/postgres/outcomes.ts";
import { nothingUnsettled } from "../../../../src/proxy/sessions/postgres/unsettled.ts";

/** Follows one statement of cycle 1, and tells how it ended after these. */
function outcomeOf(
  tell: (outcomes: ReturnType<typeof createOutcomes>) => void,
  execute: number | null = null,
) {
  const outcomes = createOutcomes(nothingUnsettled());
  let ended = "open";
  outcomes.savepoint({ type: "savepoint", name: "before" }, 1);
  outcomes.follow(
    { cycle: 1, execute, isMixed: false, mayCommit: false },
    ({ outcome }) => (ended = outcome),
  );
  tell(outcomes);
  return ended;
}

const error = { code: "42704", message: "no" };

test("outside of a transaction it ends with its own answer", () => {
  expect(
    outcomeOf((all) => {
      all.completed(1, 0, "DROP ROLE");
      all.ready(1, "I");
    }),
  ).toBe("ok");
  expect(
    outcomeOf((all) => {
      all.failed(1, 0, error);
      all.ready(1, "I");
    }),
  ).toBe("error");
});

test("inside of one it is open until that ends, however it does", () => {
  const end = (tag: string, status = "I") =>
    outcomeOf((all) => {
      all.completed(1, 0, "DROP ROLE");
      all.ready(1, "T");
      all.completed(2, 0, tag);
      all.ready(2, status);
    });
  expect(end("COMMIT")).toBe("ok");
  expect(end("ROLLBACK")).toBe("rolled_back");
  expect(end("PREPARE TRANSACTION")).toBe("unknown");
  expect(end("SELECT 1", "T")).toBe("open");
  // COMMIT AND CHAIN.
  expect(end("COMMIT", "T")).toBe("ok");
});

test("a savepoint from before it takes it back, one from behind it does not", () => {
  const roll = (name: string) =>
    outcomeOf((all) => {
      all.completed(1, 0, "DROP ROLE");
      all.ready(1, "T");
      all.savepoint({ type: "savepoint", name: "behind" }, 2);
      all.savepoint({ type: "rollback-to", name }, 2);
      all.completed(2, 0, "ROLLBACK");
      all.ready(2, "T");
      all.completed(3, 0, "COMMIT");
      all.ready(3, "I");
    });
  expect(roll("before")).toBe("rolled_back");
  expect(roll("behind")).toBe("ok");
  expect(roll("nobody's")).toBe("unknown");
});

test("a chained transaction is not the one before it", () => {
  const chain = (by: "commit" | "rollback", later: string) =>
    outcomeOf((all) => {
      all.completed(1, 0, "DROP ROLE");
      all.ready(1, "T");
      all.end(by, 2);
      all.completed(2, 0, by.toUpperCase());
      all.end("commit", 2);
      all.completed(2, 1, later);
      all.ready(2, "I");
    });
  expect(chain("rollback", "COMMIT")).toBe("rolled_back");
  expect(chain("commit", "ROLLBACK")).toBe("ok");
});

test("an end that is skipped ends nothing", () => {
  expect(
    outcomeOf((all) => {
      all.completed(1, 0, "DROP ROLE");
      all.ready(1, "T");
      all.end("rollback", 2);
      all.failed(2, 0, error);
      all.ready(2, "E");
      all.savepoint({ type: "rollback-to", name: "behind" }, 3);
      all.completed(4, 0, "COMMIT");
      all.ready(4, "I");
    }),
  ).toBe("unknown");
});

test("a savepoint that was released and one of a later place are not confused", () => {
  expect(
    outcomeOf((all) => {
      all.completed(1, 0, "DROP ROLE");
      all.ready(1, "T");
      all.savepoint({ type: "release", name: "before" }, 2);
      all.savepoint({ type: "savepoint", name: "later" }, 2);
      all.savepoint({ type: "rollback-to", name: "later" }, 2);
      all.completed(2, 0, "COMMIT");
      all.ready(2, "I");
    }),
  ).toBe("ok");
});

test("in a pipeline what came before it, it, and what came behind it fail differently", () => {
  const failing = (execute: number) =>
    outcomeOf((all) => {
      for (let index = 0; index < execute; index += 1) all.completed(1, index, "SELECT 1");
      all.failed(1, execute, error);
      all.ready(1, "I");
    }, 1);
  expect(failing(0)).toBe("error");
  expect(failing(1)).toBe("error");
  expect(failing(2)).toBe("rolled_back");
});

test("a session that ends leaves it unknown", () => {
  expect(outcomeOf((all) => all.lost())).toBe("unknown");
});

test("what is followed after the session ended is unknown at once", () => {
  const outcomes = createOutcomes(nothingUnsettled());
  outcomes.lost();
  let ended = "open";
  outcomes.follow(
    { cycle: 1, execute: null, isMixed: false, mayCommit: false },
    ({ outcome }) => (ended = outcome),
  );
  expect(ended).toBe("unknown");
});
