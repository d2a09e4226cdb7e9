import { expect, test } from "bun:test";
import { createQuestions } from "../../../../src/proxy/adapters/processes/questions.ts";

test("each question has its own answer; one that is late, or whose process is gone, has none", async () => {
  const questions = createQuestions<string>();
  const sent: number[] = [];
  const send = (id: number): void => void sent.push(id);
  const [one, two] = [questions.ask(send, 10_000), questions.ask(send, 10_000)];
  questions.answered(sent[1]!, "second");
  questions.answered(sent[0]!, "first");
  expect(await Promise.all([one, two])).toEqual(["first", "second"]);
  expect(await questions.ask(send, 1)).toBeNull();
  questions.answered(sent[2]!, "too late");
  const last = questions.ask(send, 10_000);
  questions.end();
  expect(await last).toBeNull();
  expect(await questions.ask(send, 10_000)).toBeNull();
  expect(sent).toHaveLength(4);
});
