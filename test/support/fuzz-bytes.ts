import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { seeded } from "./mutate.ts";

/** How many mutated inputs a fuzz test takes: a million in a full run. */
export const fuzzCount = process.env["CUSTODY_TEST_FULL"] === "1" ? 1_000_000 : 20_000;
export const fuzzSeed = Number(process.env["CUSTODY_TEST_SEED"] ?? 1);

/** Changed, cut, doubled and inserted bytes, one to six times. */
export function mutateBytes(source: Uint8Array, random: () => number): Buffer {
  let bytes = Buffer.from(source);
  const upTo = (count: number): number => Math.floor(random() * count);
  for (let left = 1 + upTo(6); left > 0; left -= 1) {
    const at = upTo(bytes.length + 1);
    const to = Math.min(bytes.length, at + upTo(random() < 0.8 ? 4 : 64));
    switch (upTo(5)) {
      case 0:
        if (at < bytes.length) bytes[at] = upTo(256);
        break;
      case 1:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]);
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)]);
        break;
      case 3:
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          Buffer.from([upTo(256), upTo(256)]),
          bytes.subarray(at),
        ]);
        break;
      default:
        if (at + 4 <= bytes.length) bytes.writeInt32LE([-1, 0, 0x7fffffff, 5, 48_000_001][upTo(5)] ?? 0, at);
    }
  }
  return bytes;
}

/** What a fuzz test found wrong once: a line each in test/fixtures/fuzz, in hex; lines with # say what it was. */
export function keptInputs(name: string): readonly Buffer[] {
  const file = join(import.meta.dirname, "../fixtures/fuzz", `${name.replaceAll(" ", "-")}.txt`);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => /^[0-9a-f]+$/.test(line)).map((line) => Buffer.from(line, "hex"));
}

/** Runs `one` over what was kept, and that many mutations of these inputs; a failure names seed and turn. Prints what it did. */
export function fuzz(
  name: string,
  inputs: readonly Uint8Array[],
  one: (input: Buffer, random: () => number) => void,
): void {
  const random = seeded(fuzzSeed);
  for (const input of keptInputs(name)) one(input, random);
  for (let turn = 0; turn < fuzzCount; turn += 1) {
    const source = inputs[Math.floor(random() * inputs.length)] ?? new Uint8Array(0);
    const input = mutateBytes(source, random);
    try {
      one(input, random);
    } catch (error) {
      throw new Error(`${name}, seed ${fuzzSeed}, turn ${turn}: ${input.toString("hex")}`, { cause: error });
    }
  }
  console.log(`${name}: ${fuzzCount} mutated inputs, seed ${fuzzSeed}`);
}

/** Cuts at random places. */
export function cutBytes(bytes: Uint8Array, random: () => number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const to = Math.min(bytes.length, at + 1 + Math.floor(random() * (random() < 0.5 ? 4 : 200)));
    chunks.push(bytes.subarray(at, to));
    at = to;
  }
  return chunks;
}
