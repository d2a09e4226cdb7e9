/** One record of a server's log, whichever format it was written in; what the format leaves out is empty. */
export interface LogRecord {
  /** `2026-11-22 18:59:01.123`, in the server's `log_timezone`. */
  readonly time: string;
  /** Who logged in, whatever role the session took on since. */
  readonly user: string;
  readonly database: string;
  /** `127.0.0.1:5432`, or `[local]`. */
  readonly client: string;
  readonly application: string;
  readonly session: string;
  /** The virtual transaction: that of a statement, and of the error that it ended with. */
  readonly transaction: string;
  readonly sqlstate: string;
  readonly message: string;
  readonly detail: string;
  /** The statement that an error, or a message that a function raised, came from; the server leaves it out where it logs the statement itself. */
  readonly statement: string;
  /** Where a message was raised that is not the server's own record of a statement. */
  readonly context: string;
}

/** Takes records off the front of a text. */
export interface LogFormat {
  /** How its files' names end. */
  readonly suffix: ".csv" | ".json";
  /**
   * The records that are whole, and what is left over of the text. `isInside`: the text may begin in the middle of a record, which is then
   * passed over. What is no record is passed over as well: a server that was killed leaves half of one.
   */
  read(text: string, isInside: boolean): { readonly records: readonly LogRecord[]; readonly rest: string };
}
