import { MongoNetworkError, MongoServerError, MongoServerSelectionError } from "mongodb";
import { OpsError } from "../../../errors.ts";
import { TargetRefused } from "../../target-refusal.ts";

/** The numbers of the server's error_codes.yml that are told apart here. */
export const mongoCodes = {
  userNotFound: 11,
  unauthorized: 13,
  authenticationFailed: 18,
  namespaceNotFound: 26,
  duplicateKey: 11000,
} as const;

/** What the driver threw, as custody says it. What is no error of MongoDB's comes back as it is. */
export function explainMongo(cause: unknown): unknown {
  if (cause instanceof MongoServerError) {
    if (cause.code === mongoCodes.authenticationFailed)
      return new OpsError(
        "authentication-failed",
        "MongoDB does not take these credentials",
        "see the url of the target, and its authSource",
        { cause },
      );
    return new TargetRefused(
      {
        code: String(cause.code ?? cause.codeName ?? "unknown"),
        message: cause.message,
        hint:
          cause.code === mongoCodes.unauthorized
            ? "docs/drop-mongo.md lists what custody's user needs"
            : null,
        isPassing: false,
      },
      cause,
    );
  }
  if (cause instanceof MongoServerSelectionError)
    return new OpsError(
      "unreachable",
      "no MongoDB server of the target can be reached",
      "see whether it runs",
      {
        cause,
      },
    );
  if (cause instanceof MongoNetworkError)
    return new OpsError("connection-lost", "the connection to MongoDB broke", "see whether the server runs", {
      cause,
      isOutcomeUnknown: true,
    });
  return cause;
}

/** Runs work over the driver, its errors explained. */
export async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw explainMongo(cause);
  }
}

/** What the work gave, or `absent` where the server answered with this very number. */
export async function unlessCode<T>(code: number, absent: T, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof MongoServerError && cause.code === code) return absent;
    throw cause;
  }
}
