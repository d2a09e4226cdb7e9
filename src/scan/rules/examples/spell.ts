/** `drop tenant` as each language writes a function's name. */
export function camel(words: string): string {
  return words.replaceAll(/ (\w)/g, (_, letter: string) => letter.toUpperCase());
}

export function pascal(words: string): string {
  return camel(` ${words}`);
}

export function snake(words: string): string {
  return words.replaceAll(" ", "_");
}
