import type { Destruction } from "../../destruction/destruction.ts";

/** The judges of what a text destroys, each for its language; handed in, since their parsers are loaded by adapters. */
export interface Judges {
  sql(text: string): readonly Destruction[];
  /** A script for a shell. */
  shell(script: string): readonly Destruction[];
  /** One simple command, its program first. */
  command(words: readonly string[], input: string | null): readonly Destruction[];
  /** One command of Redis. */
  redis(words: readonly string[]): Destruction | null;
  /** The keys of a command document of MongoDB, in order. */
  mongoCommand(keys: readonly string[]): Destruction | null;
  mongoScript(script: string): readonly Destruction[];
  natsSubject(subject: string): Destruction | null;
}
