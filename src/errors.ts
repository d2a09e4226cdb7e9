/** What a process may end with; the same for every command. */
export const exitCodes = {
  good: 0,
  bad: 1,
  usage: 2,
  couldNotRun: 3,
  bug: 70,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/**
 * Every expected reason for which a command ends before it has a verdict, and the exit code that it ends with.
 * A code is a promise: it stands in the `error.code` of every document.
 */
export const errorCodes = {
  // Wrong usage or configuration: nothing was done.
  "bad-usage": exitCodes.usage,
  "bad-config": exitCodes.usage,
  "bad-input": exitCodes.usage,
  "unknown-format": exitCodes.usage,
  "foreign-schema": exitCodes.usage,
  "scratch-is-source": exitCodes.usage,
  "manifest-mismatch": exitCodes.usage,
  // Ran, and found evidence of what must not be.
  "witness-conflict": exitCodes.bad,
  "nothing-to-undo": exitCodes.bad,
  "name-in-use": exitCodes.bad,
  "not-equal": exitCodes.bad,
  // Could not run.
  unreachable: exitCodes.couldNotRun,
  "authentication-failed": exitCodes.couldNotRun,
  "tls-failed": exitCodes.couldNotRun,
  "permission-denied": exitCodes.couldNotRun,
  "tool-missing": exitCodes.couldNotRun,
  "server-too-new": exitCodes.couldNotRun,
  "server-behind": exitCodes.couldNotRun,
  "unsupported-server": exitCodes.couldNotRun,
  "unreadable-archive": exitCodes.couldNotRun,
  "unreadable-rows": exitCodes.couldNotRun,
  "unreadable-proof": exitCodes.couldNotRun,
  "unreadable-bundle": exitCodes.couldNotRun,
  "untrusted-bundle": exitCodes.couldNotRun,
  "untrusted-profile": exitCodes.couldNotRun,
  "extension-missing": exitCodes.couldNotRun,
  "unorderable-chain": exitCodes.couldNotRun,
  "chain-broken": exitCodes.couldNotRun,
  "chain-changed": exitCodes.couldNotRun,
  "chain-contradicts": exitCodes.couldNotRun,
  "clocks-differ": exitCodes.couldNotRun,
  "chain-too-new": exitCodes.couldNotRun,
  "archive-unsound": exitCodes.couldNotRun,
  "no-chain": exitCodes.couldNotRun,
  "no-checkpoint": exitCodes.couldNotRun,
  "unreadable-checkpoint": exitCodes.couldNotRun,
  "untrusted-checkpoint": exitCodes.couldNotRun,
  "no-space": exitCodes.couldNotRun,
  "scratch-failed": exitCodes.couldNotRun,
  "server-error": exitCodes.couldNotRun,
  "connection-lost": exitCodes.couldNotRun,
  "file-unreadable": exitCodes.couldNotRun,
  "file-unwritable": exitCodes.couldNotRun,
  timeout: exitCodes.couldNotRun,
  "state-in-use": exitCodes.couldNotRun,
  "witness-refused": exitCodes.couldNotRun,
  "witness-unreachable": exitCodes.couldNotRun,
} as const satisfies Record<string, ExitCode>;

export type ErrorCode = keyof typeof errorCodes;

/**
 * An expected failure: the command could not run. Shown to the user as two lines, never with a stack.
 *
 * `message` says what was wrong, with the value that was wrong; `hint` says what to do. Neither may hold a secret.
 */
export class OpsError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  /** Whether what was to be changed may have been changed: that is told even when the run was interrupted. */
  readonly isOutcomeUnknown: boolean;

  constructor(
    code: ErrorCode,
    message: string,
    hint: string,
    options: { readonly cause?: unknown; readonly isOutcomeUnknown?: boolean } = {},
  ) {
    super(message, options);
    this.isOutcomeUnknown = options.isOutcomeUnknown ?? false;
    this.name = "OpsError";
    this.code = code;
    this.hint = hint;
  }

  get exitCode(): ExitCode {
    return errorCodes[this.code];
  }
}

/**
 * The run was interrupted (Ctrl-C, SIGTERM, a reader of stdout that went away); what it had started has been cleaned
 * up. A reader that went away is told nothing.
 */
export class InterruptedError extends Error {
  readonly isQuiet: boolean;

  constructor(options: { readonly isQuiet?: boolean } = {}) {
    super("interrupted");
    this.name = "InterruptedError";
    this.isQuiet = options.isQuiet ?? false;
  }
}
