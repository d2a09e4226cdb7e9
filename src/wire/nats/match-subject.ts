/** Whether a subscription's subject, wildcards and all, takes in the subject of a message. */
export function matchesSubject(pattern: string, subject: string): boolean {
  if (!pattern.includes("*") && !pattern.includes(">")) return pattern === subject;
  const wanted = pattern.split(".");
  const words = subject.split(".");
  for (const [index, word] of wanted.entries()) {
    if (word === ">") return index === wanted.length - 1 && words.length > index;
    if (word !== "*" && word !== words[index]) return false;
    if (words[index] === undefined) return false;
  }
  return wanted.length === words.length;
}
