import { expect, test } from "bun:test";
import { BreakerOpenError, createBreakers } from "../../src/chokepoint/breakers.ts";
import { TargetRefused } from "../../src/chokepoint/target-refusal.ts";
import { InterruptedError, OpsError } from "../../src/errors.ts";
import { testPolicy } from "../support/engine.ts";

const down = () => Promise.reject(new OpsError("unreachable", "down", "start it"));
const fine = () => Promise.resolve("fine");

async function failed(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => null,
    (error: unknown) => error,
  );
}

test("five failures in a row open it, then nothing is asked", async () => {
  const breakers = createBreakers([testPolicy()]);
  for (let index = 0; index < 4; index += 1) await failed(breakers.run("customers", down));
  await breakers.run("customers", fine);
  for (let index = 0; index < 5; index += 1) {
    expect(breakers.state("customers")).toBe(0);
    await failed(breakers.run("customers", down));
  }
  expect(breakers.state("customers")).toBe(1);
  let isAsked = false;
  const asked = () => {
    isAsked = true;
    return fine();
  };
  expect(await failed(breakers.run("customers", asked))).toBeInstanceOf(BreakerOpenError);
  expect(isAsked).toBe(false);
});

test("one trial after the cooldown: it closes or opens again", async () => {
  const breakers = createBreakers([testPolicy({ breaker: { failures: 1, cooldown: "1ms" } })]);
  await failed(breakers.run("customers", down));
  await Bun.sleep(3);
  expect(await failed(breakers.run("customers", down))).toBeInstanceOf(OpsError);
  expect(breakers.state("customers")).toBe(1);
  await Bun.sleep(3);
  expect(await breakers.run("customers", fine)).toBe("fine");
  expect(breakers.state("customers")).toBe(0);
});

test("refusals, a lock that another holds, and who gives up count as nothing", async () => {
  const breakers = createBreakers([testPolicy({ breaker: { failures: 1 } })]);
  const refusal = { code: "55006", message: "in use", hint: null, isPassing: true };
  for (const error of [
    new TargetRefused(refusal),
    new OpsError("state-in-use", "held", "wait"),
    new InterruptedError(),
    new DOMException("gone", "AbortError"),
  ]) {
    expect(await failed(breakers.run("customers", () => Promise.reject(error)))).toBe(error);
    expect(breakers.state("customers")).toBe(0);
  }
});
