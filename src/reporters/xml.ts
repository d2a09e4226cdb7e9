const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/**
 * Text for an element or an attribute of XML 1.0. Characters that XML 1.0 cannot hold at all, not even as references
 * (most controls, lone surrogates, U+FFFE, U+FFFF), are written as `\u{…}`; line ends, tabs and what reorders a line as
 * references, so that an attribute keeps them and a terminal does not obey them. https://www.w3.org/TR/xml/#charsets
 */
export function escapeXml(text: string): string {
  return text
    .replaceAll(/[&<>"']/g, (character) => entities[character] ?? character)
    .replaceAll(
      /[\0-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Cs}/gu,
      (character) => `\\u{${code(character).toString(16)}}`,
    )
    .replaceAll(
      /[\t\n\r\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
      (character) => `&#${code(character)};`,
    );
}

function code(character: string): number {
  return character.codePointAt(0) ?? 0;
}
