/** What becomes of the bytes of a command: on to the server, nowhere, others in their place, or the end of the session. */
export type Step =
  | { readonly kind: "pass" | "drop" | "close" }
  | { readonly kind: "send"; readonly bytes: Uint8Array };

export const pass: Step = { kind: "pass" };
export const drop: Step = { kind: "drop" };
/** After what was said is sent. */
export const close: Step = { kind: "close" };
