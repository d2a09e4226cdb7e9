/** Why a file or folder cannot be read, without its path: whoever tells it says which. */
export function explainError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? error.code : undefined;
  switch (code) {
    case "EACCES":
      return "permission denied";
    case "ENOENT":
      return "it is gone";
    case "ENOTDIR":
      return "a part of its path is no folder";
    case "ELOOP":
      return "its links lead in a circle";
    default:
      // Node's own: `EIO: i/o error, open '/srv/shop/a.go'`.
      return error.message.replace(/, \w+ '[^]*'$/, "");
  }
}
