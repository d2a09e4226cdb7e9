/** What a byte begins or belongs to, by PostgreSQL's `scan.l` (src/backend/parser/scan.l). */
export const blankByte = 1;
export const letterByte = 2;
export const digitByte = 3;
export const operatorByte = 4;
export const symbolByte = 5;
export const quoteByte = 6;
export const doubleQuoteByte = 7;
export const dollarByte = 8;
/** What is in no token: the server refuses the whole text. */
export const strangeByte = 0;

/** By byte. A vertical tab is white space since PostgreSQL 16, and before that in no token. */
export const lexicalClass: Uint8Array = new Uint8Array(256).map((_, byte) => {
  const character = String.fromCharCode(byte);
  if (byte >= 0x80 || /[A-Za-z_]/.test(character)) return letterByte;
  if (/[0-9]/.test(character)) return digitByte;
  if (/[ \t\n\r\f\v]/.test(character)) return blankByte;
  if ("~!@#^&|`?+-*/%<>=".includes(character)) return operatorByte;
  if (",()[].;:".includes(character)) return symbolByte;
  if (character === "'") return quoteByte;
  if (character === '"') return doubleQuoteByte;
  return character === "$" ? dollarByte : strangeByte;
});

/** Whether a byte goes on with an identifier; with the tag of a dollar quote it does, too, but for `$`. */
export function isWordByte(byte: number): boolean {
  const kind = lexicalClass[byte] ?? 0;
  return kind === letterByte || kind === digitByte || kind === dollarByte;
}
