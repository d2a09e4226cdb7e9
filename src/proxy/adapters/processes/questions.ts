import { setTimeout as delay } from "node:timers/promises";

/** Questions to another process that are answered, or are not in time, or never since it is gone. */
export interface Questions<Answer> {
  /** Null: there was no answer. Never rejects. */
  ask(send: (id: number) => void, withinMs: number): Promise<Answer | null>;
  answered(id: number, answer: Answer): void;
  /** Nobody answers any more. */
  end(): void;
}

export function createQuestions<Answer>(): Questions<Answer> {
  const asked = new Map<number, (answer: Answer | null) => void>();
  let questions = 0;
  let isOver = false;
  return {
    async ask(send, withinMs) {
      if (isOver) return null;
      const id = (questions += 1);
      const { promise, resolve } = Promise.withResolvers<Answer | null>();
      asked.set(id, resolve);
      const late = new AbortController();
      const timeout = delay(withinMs, null, { signal: late.signal }).catch(() => null);
      send(id);
      const answer = await Promise.race([promise, timeout]);
      late.abort();
      asked.delete(id);
      return answer;
    },
    answered: (id, answer) => asked.get(id)?.(answer),
    end() {
      isOver = true;
      for (const resolve of asked.values()) resolve(null);
    },
  };
}
