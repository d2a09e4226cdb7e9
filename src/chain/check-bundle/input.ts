export interface CheckBundleInput {
  readonly folder: string;
  readonly publicKeys: readonly string[];
  readonly policy: string | null;
  /** The file of a profile that is believed beside the built-in ones. */
  readonly profile: string | null;
  /** Judge rows and checkpoints of a bundle whose report nobody has signed. */
  readonly isUnsignedAllowed: boolean;
  readonly limitFindings: number;
}
