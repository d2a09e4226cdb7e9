/** What of a session decides how its SQL is read. */
export interface SqlState {
  /** `standard_conforming_strings`: a backslash in `'…'` is a character like any other. */
  readonly isStandardStrings: boolean;
  /** `client_encoding` by PostgreSQL's name, in capitals, as ParameterStatus has it. */
  readonly encoding: string;
}
