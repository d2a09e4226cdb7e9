/**
 * A word that no destruction of its kinds does without, and, where it is too common to tell by itself, what must stand around it: a
 * case-insensitive regular expression over the text from 40 bytes before the word to 64 behind it.
 */
export interface CandidateWord {
  /** In small letters, at least four. */
  readonly word: string;
  readonly around?: { test(text: string): boolean };
  /** What the file must hold besides, anywhere, in small letters. */
  readonly beside?: RegExp;
}
