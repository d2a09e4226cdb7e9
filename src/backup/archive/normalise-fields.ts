/** Types of columns, as `format_type` names them, by table (`TableContent.table`) and column name. */
export type ColumnTypes = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Null when no column of the table needs normalising. */
export function createFieldNormaliser(
  _columns: readonly string[],
  _types: ReadonlyMap<string, string> | undefined,
  _take: (bytes: Uint8Array) => void,
): { push(chunk: Uint8Array): void; finish(): void } | null {
  return null;
}
